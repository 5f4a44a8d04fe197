"""Where results go: benchmarks/out/report.json, and between the markers of benchmarks/README.md."""
import json
from pathlib import Path

HERE = Path(__file__).parent
REPORT = HERE / "out/report.json"
README = HERE / "README.md"


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown processor")


def keep(results: dict) -> None:
    """Adds to the report."""
    known = json.loads(REPORT.read_text()) if REPORT.exists() else {}
    REPORT.write_text(json.dumps(known | results, indent=1) + "\n")


def publish(name: str, table: str, whole: bool) -> None:
    """Prints a table; after a run of all cases the committed table becomes this one."""
    print(f"\n{processor()}, two cores, the same number of threads for both sides; medians of interleaved runs and, in "
          f"brackets, their range\n\n{table}")
    if not whole:
        return
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, rest = README.read_text().split(begin)
    README.write_text(f"{before}{begin}\n{table}\n{end}{rest.split(end)[1]}")
