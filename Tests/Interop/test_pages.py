"""The gateway's pages in Chromium: what a reader sees and does, and that no text becomes markup."""

import pydicom
import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from selenium_axe_python import Axe

from conftest import SAMPLES

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
