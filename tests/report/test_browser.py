"""The page in a real browser: it fits a phone, sorts, and runs nothing but its own script."""

import os
import re
import shutil
import subprocess

import numpy as np
import pytest

from skhpo import Float, maximize

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="chromium is not installed"),
]

LONG = "a_step_with_a_long_name__and_a_parameter_with_a_longer_one"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A report of which one name is very long, and four parameters."""
    pytest.importorskip("matplotlib")
    space = {LONG: Float(0, 1), "kind": ["a", "b" * 60], "z": Float(0.01, 1, log=True)}
    result = maximize(lambda **p: p[LONG], space, strategy="random", n_iter=25, random_state=0)
    return result.report(tmp_path_factory.mktemp("report") / "report.html")


def browse(path, folder, *arguments, width=1280, dark=False):
    """What chromium prints of a page."""
    options = [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--hide-scrollbars", f"--user-data-dir={folder / 'profile'}",
        f"--blink-settings=preferredColorScheme={0 if dark else 1}",
        f"--window-size={width},900", *arguments, path.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(
        [BROWSER, *options],
        capture_output=True,
        timeout=120,
        env=os.environ | {"HOME": str(folder)},
    )
    return done.stdout.decode("utf-8")


def ask(page, folder, script, *, width=1280, dark=False):
    """What a script finds in the page, whose policy is taken out so that it runs.

    In a frame, as no window is narrower than 500 pixels.
    """
    text = re.sub(r'<meta http-equiv="Content-Security-Policy".*?>', "", page.read_text("utf-8"))
    asked = folder / "asked.html"
    asked.write_text(
        text.replace(
            "</body>", f"<script>parent.postMessage(String({script}), '*')</script></body>"
        ),
        encoding="utf-8",
    )
    frame = folder / "frame.html"
    frame.write_text(
        "<!doctype html><script>onmessage = e => { document.title = 'found ' + e.data }</script>"
        f'<iframe src="asked.html" style="border:0;width:{width}px;height:900px"></iframe>'
    )
    dump = browse(frame, folder, "--dump-dom", "--virtual-time-budget=5000", dark=dark)
    return re.search(r"<title>found (.*?)</title>", dump).group(1)


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_page(page, tmp_path, width):
    found = ask(page, tmp_path, "document.documentElement.scrollWidth", width=width)
    assert int(found) == width


def test_a_head_sorts_and_says_so(page, tmp_path):
    script = """(() => {
        const head = document.querySelectorAll('#trials th')[0];
        const numbers = () => [...document.querySelectorAll('#trials tbody tr')]
            .map(row => row.cells[0].textContent).join();
        head.querySelector('button').click();
        const up = numbers() + head.getAttribute('aria-sort');
        head.querySelector('button').click();
        return up + ' ' + numbers() + head.getAttribute('aria-sort');
    })()"""
    numbers = [str(number) for number in range(25)]
    up, down = f"{','.join(numbers)}ascending", f"{','.join(numbers[::-1])}descending"
    assert ask(page, tmp_path, script) == f"{up} {down}"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_picture_is_that_of_the_colours_asked_for(page, tmp_path, dark):
    script = "document.querySelector('img').currentSrc === document.querySelector('source').srcset"
    assert ask(page, tmp_path, script, dark=dark) == str(dark).lower()


CONTRAST = """(() => {
    const light = colour => {
        const part = colour.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
            .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
    };
    const paper = element => {
        const colour = getComputedStyle(element).backgroundColor;
        return colour === 'rgba(0, 0, 0, 0)' ? paper(element.parentElement) : colour;
    };
    const kinds = 'p, h1, h2, h3, dt, dd, th, td, code, footer, button';
    let worst = 21;
    for (const element of document.querySelectorAll(kinds)) {
        const [a, b] = [light(getComputedStyle(element).color), light(paper(element))];
        worst = Math.min(worst, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
    }
    return worst;
})()"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_stands_out_from_its_background(page, tmp_path, dark):
    # WCAG 2.2, success criterion 1.4.3, level AA.
    assert float(ask(page, tmp_path, CONTRAST, dark=dark)) >= 4.5


def test_the_policy_lets_its_own_script_run_and_no_other(page, tmp_path):
    changed = tmp_path / "changed.html"
    foreign = "<script>document.title = 'foreign'</script><style>main { display: none }</style>"
    text = page.read_text("utf-8").replace("</main>", f"</main>{foreign}")
    changed.write_text(text, encoding="utf-8")
    dump = browse(changed, tmp_path, "--dump-dom", "--virtual-time-budget=5000")
    assert "<title>foreign</title>" not in dump
    assert "Column heads sort." in dump


def test_a_screenshot_is_drawn(page, tmp_path):
    picture = tmp_path / "shot.png"
    browse(page, tmp_path, f"--screenshot={picture}", width=1280, dark=True)
    image = pytest.importorskip("PIL.Image").open(picture).convert("L")
    assert image.size == (1280, 900)
    # Dark paper, light text.
    assert image.getextrema()[0] < 40
    assert image.getextrema()[1] > 200


def test_an_image_without_what_nobody_sees_looks_as_it_did(tmp_path):
    Image = pytest.importorskip("PIL.Image")
    pytest.importorskip("matplotlib")
    from tests.report.test_compact import compact, draw, marks

    plain = draw(marks)
    shots = []
    for name, text in (("plain", plain), ("compact", compact(plain))):
        (tmp_path / f"{name}.svg").write_text(text, encoding="utf-8")
        browse(tmp_path / f"{name}.svg", tmp_path, f"--screenshot={tmp_path / name}.png")
        image = Image.open(tmp_path / f"{name}.png").convert("RGB")
        shots.append(np.asarray(image).astype(int))
    # 400 marks in each of two colours cover a part of the picture.
    assert (shots[0].min(axis=2) < 200).mean() > 0.02
    # Edges of marks that moved by a twentieth of a point.
    assert (np.abs(shots[1] - shots[0]).max(axis=2) > 60).mean() < 0.001
