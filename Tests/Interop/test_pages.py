"""The gateway's pages in Chromium: what a reader sees and does, and that no text becomes markup."""

import json
import re
import subprocess
import urllib.request

import pydicom
import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from selenium_axe_python import Axe

from conftest import SAMPLES
from test_services import Service

DESKTOP, PHONE = (1280, 800), (390, 844)
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


class Page:
    """One page in the browser, of one system."""

    def __init__(self, browser, address):
        self.browser, self.address = browser, address

    def open(self, path="", size=DESKTOP):
        self.resize(size)
        self.browser.get("about:blank")
        self.browser.get_log("browser")
        self.browser.get(f"{self.address}/ui/{path}")
        return self

    def resize(self, size):
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def theme(self, name):
        self.browser.execute_script("document.documentElement.dataset.theme = arguments[0]", name)

    def find(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def wait(self, selector, text="", seconds=20):
        """The first element there that has the text and is shown."""
        def look(_):
            found = [one for one in self.find(selector) if one.is_displayed() and text in one.text]
            return found[0] if found else None

        waiting = WebDriverWait(self.browser, seconds, 0.05, ignored_exceptions=[StaleElementReferenceException])
        return waiting.until(look, f"no {selector} with “{text}”")

    def until(self, script, seconds=20):
        """Waits until a script gives something true, and gives it."""
        return WebDriverWait(self.browser, seconds, 0.05).until(lambda b: b.execute_script(f"return {script}"), script)

    def press(self, *keys):
        ActionChains(self.browser).send_keys(*keys).perform()

    def shot(self, folder, name):
        self.browser.save_screenshot(str(folder / f"{name}.png"))

    def complaints(self):
        """What the console holds against the page."""
        return [line["message"] for line in self.browser.get_log("browser") if line["level"] in ("SEVERE", "WARNING")]

    def violations(self):
        """Rules of WCAG 2.2 A and AA that axe finds broken, with the elements."""
        axe = Axe(self.browser)
        axe.inject()
        result = axe.run(options=RULES)
        return [(rule["id"], node["target"], node["failureSummary"])
                for rule in result["violations"] for node in rule["nodes"]]  # fmt: skip


@pytest.fixture
def page(browser, system):
    """A page in a tab of its own: the reader's name lives as long as the tab."""
    last = browser.current_window_handle
    browser.switch_to.new_window("tab")
    tab = browser.current_window_handle
    browser.switch_to.window(last)
    browser.close()
    browser.switch_to.window(tab)
    return Page(browser, system.address)


@pytest.fixture(scope="session")
def shots(tmp_path_factory):
    return tmp_path_factory.mktemp("screenshots")


def sample(name, **changes):
    """A sample of samples/chest with a study of its own."""
    dataset = pydicom.dcmread(SAMPLES / "chest" / name)
    dataset.StudyInstanceUID = pydicom.uid.generate_uid()
    dataset.SeriesInstanceUID = pydicom.uid.generate_uid()
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
    for keyword, value in changes.items():
        setattr(dataset, keyword, value)
    return dataset


def submit(system, folder, *datasets):
    """Submits data sets to the system."""
    for index, dataset in enumerate(datasets):
        dataset.save_as(folder / f"{index}.dcm")
    done = system.run("submit", "--complete", *[folder / f"{index}.dcm" for index in range(len(datasets))])
    assert done.returncode == 0, done.stderr


def row(dataset):
    return f"tr[data-uid='{dataset.StudyInstanceUID}']"


def test_the_worklist_shows_a_study_with_its_findings(page, system, tmp_path, shots):
    study = sample("02_enlarged_heart_vascular_hila.dcm")
    submit(system, tmp_path, study)
    page.open()
    page.wait(row(study), "Enlarged heart, Vascular hila").click()
    bar = page.wait("[data-finding='enlarged_heart'] .probability")
    assert "flagged" in bar.get_attribute("aria-label")
    assert "not for clinical use" in page.wait("#notice").text
    page.shot(shots, "worklist")
    assert page.complaints() == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["1280", "390"])
def test_the_worklist_can_be_read_by_everybody(page, system, tmp_path, shots, size):
    study = sample("02_enlarged_heart_vascular_hila.dcm")
    submit(system, tmp_path, study)
    page.open(size=size)
    page.wait(row(study), "Enlarged heart")
    for theme in ["dark", "light"]:
        page.theme(theme)
        page.shot(shots, f"worklist-{size[0]}-{theme}")
        assert page.violations() == []
    page.wait(row(study)).click()
    page.wait("[data-finding]")
    for theme in ["light", "dark"]:
        page.theme(theme)
        page.shot(shots, f"study-{size[0]}-{theme}")
        assert page.violations() == []
        assert page.browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")


def test_a_study_comes_by_itself_is_read_and_has_a_history(page, system, tmp_path, shots):
    page.open()
    page.wait("#live", "live")
    page.until("(window.mark = 'not loaded anew')")
    study = sample("02_enlarged_heart_vascular_hila.dcm")
    submit(system, tmp_path, study)
    page.wait(row(study), "Enlarged heart, Vascular hila").click()
    page.wait("[data-finding='enlarged_heart'] button", "Reject").click()
    page.wait("dialog #reader").send_keys("Dr. Reed", Keys.ENTER)
    page.wait(".history", "Dr. Reed rejected Enlarged heart")
    page.wait(row(study), "Dr. Reed reads")
    page.wait("#comment").send_keys("<b>Second</b> look & done")
    page.wait("[aria-label='Review'] button", "Add comment").click()
    page.wait(".history q", "<b>Second</b> look & done")
    page.wait("[aria-label='Review'] button", "Accept flag").click()
    page.wait(".history", "Dr. Reed accepted")
    page.until(f"document.querySelector(\"{row(study)}\") === null")  # read, so no work any more
    page.shot(shots, "read")
    page.wait("#by-read").click()
    page.wait(row(study), "read by Dr. Reed")
    assert page.browser.execute_script("return window.mark") == "not loaded anew"
    assert page.complaints() == []


def test_what_another_reader_has_taken_is_told_in_words(page, system, tmp_path):
    study = sample("05_scoliosis_diaphragm_relaxation.dcm")
    submit(system, tmp_path, study)
    claim = {"studyInstanceUid": study.StudyInstanceUID, "reader": "Dr. Other", "action": "CLAIM"}
    request = urllib.request.Request(
        f"{system.address}/hilum.v1.TriageService/ReviewStudy", json.dumps(claim).encode(),
        {"content-type": "application/json"})  # fmt: skip
    urllib.request.urlopen(request, timeout=30).close()
    page.open(f"#study={study.StudyInstanceUID}")
    page.wait("#detail", "Dr. Other")
    page.press("c")
    page.wait("dialog #reader").send_keys("Dr. Reed", Keys.ENTER)
    assert page.wait("#problem").text
    page.browser.get_log("browser")


def test_pages_that_were_left_hold_no_connection(page, system, tmp_path):
    """The browser keeps pages that were left; over HTTP/1.1 six of them would take every connection it has."""
    study = sample("02_enlarged_heart_vascular_hila.dcm")
    submit(system, tmp_path, study)
    for _ in range(8):
        page.open()
        page.wait("#live", "live")
    page.wait(row(study)).click()
    page.wait("[data-finding]")
    assert page.complaints() == []


def test_an_image_without_an_answer_says_why(page, system, tmp_path, shots):
    blank = sample("02_enlarged_heart_vascular_hila.dcm")
    blank.PixelData = bytes(len(blank.PixelData))
    ct = sample("04_normal.dcm", Modality="CT")
    submit(system, tmp_path, blank, ct)
    page.open(f"#study={blank.StudyInstanceUID}")
    page.wait("#detail", "Not gradable")
    page.wait("#detail .reason", "Range of values: failed, 0.00 against a limit of 0.05")
    page.shot(shots, "ungradable")
    page.wait(row(ct), "no route for Modality CT").click()
    page.wait("[aria-label='Without an answer']", "1 image refused: no route for Modality CT")
    assert page.complaints() == []


def test_keys_move_search_and_help(page, system, tmp_path):
    first, second = sample("02_enlarged_heart_vascular_hila.dcm"), sample("05_scoliosis_diaphragm_relaxation.dcm")
    submit(system, tmp_path, first, second)
    page.open()
    page.wait(row(second), "Scoliosis")
    page.press("j")
    begin = page.wait("tr[aria-current]").get_attribute("data-uid")
    page.press("j")
    page.until(f"document.querySelector('tr[aria-current]').dataset.uid !== '{begin}'")
    page.press("k")
    page.until(f"document.querySelector('tr[aria-current]').dataset.uid === '{begin}'")
    page.press("/")
    page.press(second.StudyInstanceUID)
    page.until("document.querySelectorAll('tbody tr').length === 1")
    page.wait(row(second))
    page.press("?")  # in a field it is text
    page.until("document.getElementById('by-words').value.endsWith('?')")
    assert page.find("dialog[open]") == []
    page.press(Keys.ESCAPE, "?")
    page.wait("dialog[open]", "claim")
    assert page.complaints() == []


# Reads a canvas from a copy: reading the page's own more than once would be our doing and the page's warning.
READ = """
      const canvas = document.querySelector(arguments[0]);
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
      copy.drawImage(canvas, 0, 0);
      const data = copy.getImageData(0, 0, canvas.width, canvas.height).data;
"""


def shades(page, canvas):
    """How many pixels of a canvas have each grey."""
    return page.browser.execute_script(READ + """
      const counts = new Array(256).fill(0);
      for (let at = 0; at < data.length; at += 4) counts[data[at]] += 1;
      return counts;
    """, canvas)


def covered(page, canvas):
    """Share of a canvas's pixels that are not transparent."""
    return page.browser.execute_script(READ + """
      let count = 0;
      for (let at = 3; at < data.length; at += 4) count += data[at] > 0;
      return count / (data.length / 4);
    """, canvas)


def drag(page, selector, start, by):
    """Drags on an element from a place given in shares of its size."""
    element = page.find(selector)[0]
    x, y = (int((share - 0.5) * side) for share, side in zip(start, (element.rect["width"], element.rect["height"])))
    ActionChains(page.browser).move_to_element_with_offset(element, x, y).click_and_hold().move_by_offset(
        *by).release().perform()  # fmt: skip


def test_an_x_ray_is_shown_at_full_depth_with_window_measure_and_heat_map(page, system, tmp_path, shots):
    study = sample("02_enlarged_heart_vascular_hila.dcm")
    submit(system, tmp_path, study)
    page.open(f"#study={study.StudyInstanceUID}")
    page.wait("[data-finding]")
    page.press(Keys.ENTER)
    page.until("document.getElementById('loading')?.hidden")
    page.until("document.querySelectorAll('.finding').length === 9")
    expected = pydicom.dcmread(tmp_path / "0.dcm").pixel_array
    page.press("1")
    first = shades(page, "#picture")
    # The stage's middle shows the image's middle: the readout is the stored value there.
    stage = page.find("#stage")[0]
    ActionChains(page.browser).move_to_element(stage).perform()
    where = page.wait("#readout", "column").text.splitlines()[1]
    column, line, value = (int(number) for number in re.findall(r"-?\d+", where))
    assert value == expected[line, column]

    width = float(page.find("#width")[0].get_attribute("value"))
    drag(page, "#stage", (0.5, 0.5), (-160, 30))
    page.until(f"document.getElementById('width').value < {0.8 * width}")
    assert shades(page, "#picture") != first
    # MONOCHROME1 is shown inverted from the start.
    page.until("document.getElementById('invert').getAttribute('aria-pressed') === 'true'")
    page.press("i")
    page.until("document.getElementById('invert').getAttribute('aria-pressed') === 'false'")
    page.press("t", "f", "m")
    drag(page, "#stage", (0.4, 0.4), (100, 0))
    page.until("document.getElementById('tool-measure').getAttribute('aria-pressed') === 'true'")
    assert covered(page, "#marks") > 0

    assert covered(page, "#heat") == 0
    page.press("h")
    page.wait(".finding [aria-pressed='true']")
    page.until("document.getElementById('loading').hidden")
    assert covered(page, "#heat") > 0.05
    page.shot(shots, "xray-heat")
    page.press("h")
    page.until("document.querySelector('.finding [aria-pressed=true]') === null")
    page.until("document.getElementById('loading').hidden")
    assert covered(page, "#heat") == 0
    assert page.find("[data-kind='identifying']") == [] and "SYNTHETIC" not in page.wait("#side").text
    assert page.complaints() == []
    for size in [DESKTOP, PHONE]:
        page.resize(size)
        for theme in ["light", "dark"]:
            page.theme(theme)
            assert page.violations() == []
        assert page.browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
        page.shot(shots, f"xray-{size[0]}")


def test_planes_lie_on_the_scout_and_can_be_dragged(page, system, tmp_path, shots):
    files = [pydicom.dcmread(path) for path in sorted(SAMPLES.glob("cardiac/scout1/*.dcm"))]
    study, series = pydicom.uid.generate_uid(), pydicom.uid.generate_uid()
    for file in files:
        file.StudyInstanceUID, file.SeriesInstanceUID = study, series
        file.SOPInstanceUID = file.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
    submit(system, tmp_path, *files)
    page.open()
    page.wait(f"tr[data-uid='{study}']", "answered").click()
    page.wait("[aria-label='Planes']", "Four-chamber")
    page.open(f"mr.html#study={study}")
    page.until("document.getElementById('loading').hidden", 60)
    cards = page.find("#planes .plane")
    assert [card.get_attribute("data-view") for card in cards] == ["SHORT_AXIS", "FOUR_CHAMBER", "TWO_CHAMBER"]
    assert len(page.find(".cut")) == 6
    page.shot(shots, "mr")

    read = "JSON.parse(JSON.stringify([...document.querySelectorAll('#planes textarea')].map(one => one.value)))"
    before = page.browser.execute_script(f"return {read}")
    answer = system.run("study", study, "--json")
    plane = json.loads(answer.stdout)["study"]["plans"][0]["planes"][0]
    numbers = [float(text) for text in re.findall(r"ImageOrientationPatient.*: (.*)", before[0])[0].split("\\")]
    row, column = ([plane[name][axis] for axis in "xyz"] for name in ("row", "column"))
    assert numbers == pytest.approx(row + column, abs=2e-6)
    corner = [float(text) for text in re.findall(r"ImagePositionPatient.*: (.*)", before[0])[0].split("\\")]
    spacing = plane["fieldOfViewMm"] / 256
    center = [c + 127.5 * spacing * (r + d) for c, r, d in zip(corner, row, column)]
    assert center == pytest.approx([plane["center"][axis] for axis in "xyz"], abs=2e-3)

    page.wait("[data-view='SHORT_AXIS'] button[aria-label*='forward']").click()
    page.until("document.querySelector('[data-view=SHORT_AXIS] .adjusted').textContent === 'by 0.0°, 1.0 mm'")
    # The line itself: along its normal where it is held in the middle.
    end = page.browser.execute_script("return document.querySelector('[data-cut=\"Four-chamber\"]').getBoundingClientRect().width")
    page.press("0")
    page.until("document.querySelector('[data-view=SHORT_AXIS] .adjusted').textContent === 'no'")
    drag(page, "[data-cut='Four-chamber']", (0.5, 0.5), (0, int(end / 10)))
    moved = page.until("document.querySelector('[data-view=SHORT_AXIS] .adjusted').textContent.match(/, ([0-9.]+) mm/)?.[1]")
    assert 0 < float(moved) < 60
    assert page.browser.execute_script(f"return {read}")[0] != before[0]
    assert page.complaints() == []
    for theme in ["light", "dark"]:
        page.theme(theme)
        assert page.violations() == []


HOSTILE = "<img src=x onerror=alert(1)>"


def test_hostile_headers_stay_text(page, system, tmp_path):
    """What a DICOM header holds is shown, where it is shown, as it is: no element, no script, no formula."""
    study = sample(
        "02_enlarged_heart_vascular_hila.dcm", PatientName=HOSTILE, StudyDescription=HOSTILE, Manufacturer=HOSTILE,
        ViewPosition="<SCRIPT>", PatientSex="<B>")  # fmt: skip
    other = sample("04_normal.dcm", Modality="<IMG SRC=X>", BodyPartExamined=HOSTILE)
    with pydicom.config.disable_value_validation():
        submit(system, tmp_path, study, other)
    page.open()
    page.wait(row(other), "no route for Modality <IMG SRC=X>").click()
    page.wait("#detail", "<IMG SRC=X>")
    page.wait(row(study)).click()
    page.wait("[data-finding]")
    assert page.find("main img, main script") == []
    page.open("statistics.html")
    page.wait("#chart-modalities")
    page.until("document.querySelector('#chart-modalities table').textContent.includes('<IMG SRC=X>')")
    assert page.find("main img, main script") == []
    assert page.complaints() == []


def test_no_inline_code_runs(page):
    page.open()
    page.wait("#live")
    refused = page.browser.execute_async_script("""
      const done = arguments[arguments.length - 1], found = [];
      addEventListener("securitypolicyviolation", event => found.push(event.effectiveDirective));
      const script = document.createElement("script");
      try { script.textContent = "window.inline = 1"; } catch { found.push("trusted types"); }
      document.body.append(script);
      try { document.body.insertAdjacentHTML("beforeend", "<b>x</b>"); } catch { found.push("trusted types"); }
      document.body.setAttribute("style", "color: red");
      setTimeout(() => done([found, window.inline ?? null]), 200);
    """)
    assert refused[1] is None
    assert "trusted types" in refused[0] and "style-src-attr" in refused[0]


def test_a_reader_signs_in_with_a_token(browser, programs, tmp_path):
    """The token lives in the tab: no cookie, and gone with the sign-out."""
    command = [programs / "hilum", "token", "roe", "reader", "--file", tmp_path / "tokens"]
    token = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip()
    service = Service(
        programs / "gateway", tmp_path, "--data", tmp_path / "data", "--access-tokens", tmp_path / "tokens")
    page = Page(browser, f"http://127.0.0.1:{service.port}")
    page.open()
    page.wait("dialog[open] #token").send_keys("not.a.token", Keys.ENTER)
    page.wait("dialog[open]", "not accepted")
    page.wait("dialog[open] #token").send_keys(token, Keys.ENTER)
    page.wait("#summary", "0 studies")
    page.wait("#live", "live")
    browser.refresh()
    page.wait("#summary", "0 studies")
    assert browser.get_cookies() == []
    page.wait("#bar button", "Sign out").click()
    page.wait("dialog[open] #token")
    assert browser.execute_script("return sessionStorage.length") == 0
    browser.get("about:blank")
    service.stop()


def test_statistics_and_machines(page, system, tmp_path, shots):
    submit(system, tmp_path, sample("02_enlarged_heart_vascular_hila.dcm"))
    page.open("statistics.html")
    page.wait("[data-service='classifier'] .tag")
    assert len(page.find("#machines tbody tr")) == 3
    for chart in ["days", "modalities", "findings", "sexes", "ages", "turnaround", "quality", "drift-scoliosis"]:
        page.wait(f"#chart-{chart} canvas")
    page.shot(shots, "statistics")
    saved = page.browser.execute_async_script("""
      const done = arguments[arguments.length - 1], saved = [];
      const make = URL.createObjectURL;
      URL.createObjectURL = blob => { saved.push(blob); return make(blob); };
      for (const button of document.querySelectorAll("#chart-findings header button")) button.click();
      setTimeout(async () => done(await Promise.all(saved.map(async blob => [blob.type, blob.size, await blob.text()]))), 500);
    """)
    kinds = {kind: text for kind, _, text in saved}
    assert set(kinds) == {"image/png", "text/csv"}
    assert kinds["text/csv"].startswith(",flagged,not flagged\r\n")
    assert [line for line in kinds["text/csv"].splitlines() if line.startswith("Enlarged heart,")]
    assert page.complaints() == []
    for size in [DESKTOP, PHONE]:
        page.resize(size)
        for theme in ["light", "dark"]:
            page.theme(theme)
            assert page.violations() == []
        assert page.browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    page.shot(shots, "statistics-390")
