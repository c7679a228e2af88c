"""The page that plays the backward pass: what is in it, and what it does in a real browser."""

import base64
import hashlib
import json
import re
import shutil
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, topological
from autograd.drawing import draw
from autograd.drawing.dot.render import programs as graphviz_programs
from autograd.drawing.dot.text import short
from nn import MLP
from nn.losses import hinge

pytest.importorskip("graphviz")
needs_graphviz = pytest.mark.skipif(next(graphviz_programs("svg"), None) is None, reason="no Graphviz to draw with")

NASTY = "\"'</svg></script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>&amp;{}\\N\n\u2028"


def example():
    x, y = Value(3.0, "x"), Value(5.0, "y")
    z = ((x * x + x * y) / 30.0).tanh() - 0.5 * y
    z.label = "z"
    return z


def network(rows=1):
    model = MLP(2, [3, 1], seed=1)
    loss = hinge([model([0.5 - k, 1.0]) for k in range(rows)], [1] * rows)
    loss.label = "loss"
    return loss


# The page.


class Page(HTMLParser):
    """The elements of a page, and the text of its scripts."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.scripts, self.inside = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self.inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside == "script":
            self.scripts[-1] += data


@needs_graphviz
def test_the_page_needs_nothing_but_itself():
    text = draw(example()).player().html
    assert set(re.findall(r"https?://[^\"'\s<]+", text)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    page = Page(text)
    assert not [attributes for _, attributes in page.elements if attributes.keys() & {"src", "onload", "onclick"}]
    (policy,) = [a["content"] for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"]
    digest = base64.b64encode(hashlib.sha256(page.scripts[1].encode()).digest()).decode()
    assert policy.startswith("default-src 'none'")
    assert f"script-src 'sha256-{digest}'" in policy


@needs_graphviz
def test_text_from_a_user_is_text_in_the_page():
    evil = Value(2.0, NASTY)
    root = evil * Value(3.0, "[[film]] [[graph]]")
    root.label = NASTY
    plain = draw(Value(2.0, "a") * Value(3.0, "b")).player().html
    text = draw(root).player().html
    count = [sum(tag == name for tag, _ in Page(text).elements) for name in ("script", "img", "svg")]
    assert count == [2, 0, 1]
    assert {tag for tag, _ in Page(text).elements} == {tag for tag, _ in Page(plain).elements}
    assert "<" not in Page(text).scripts[0]
    assert json.loads(Page(text).scripts[0])["boxes"]["n0"].startswith("\"'</svg></script>")
    text.encode()


@needs_graphviz
@given(label=st.text(max_size=50))
def test_any_text_may_be_a_label(label):
    root = Value(2.0, label) * 3.0
    root.label = label
    page = Page(draw(root).player().html)
    assert [tag for tag, _ in page.elements].count("script") == 2
    json.loads(page.scripts[0])


@needs_graphviz
def test_the_same_graph_gives_the_same_page_in_a_file_or_a_notebook(tmp_path):
    drawing = draw(example())
    page = drawing.player().html
    assert drawing.save(tmp_path / "backward.html").read_text("utf-8") == page
    assert drawing.player().save(tmp_path / "again.html").read_text("utf-8") == page
    frame = drawing.player()._repr_html_()
    (tag, attributes), *others = Page(frame).elements
    assert (tag, others) == ("iframe", [])
    assert attributes["srcdoc"] == page
    assert "Player" in repr(drawing.player())


# In a browser.


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """Headless Chromium with a faster clock: what should happen every second happens at once."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    names = ("chromium", "chromium-browser", "google-chrome")
    program, driver = next(filter(None, map(shutil.which, names)), None), shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("no chromium and chromedriver on PATH (Debian: apt install chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for switch in (
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--window-size=1100,800", f"--user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):  # fmt: skip
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chromium = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    fast = "const slow = setInterval; window.setInterval = (f, ms) => slow(f, Math.min(ms, 15));"
    chromium.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": fast})
    yield chromium
    chromium.quit()


@pytest.fixture
def show(browser, tmp_path):
    """Open a page of HTML; afterwards assert that it reported no error and loaded nothing else."""

    def show(page):
        path = tmp_path / "page.html"
        path.write_text(page, encoding="utf-8")
        browser.get(path.as_uri())
        return browser

    browser.get_log("browser"), browser.get_log("performance")
    yield show
    assert browser.get_log("browser") == []
    sent = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = {event["params"]["request"]["url"] for event in sent if event["method"] == "Network.requestWillBeSent"}
    assert {url for url in urls if not url.startswith(("data:", "about:", tmp_path.as_uri()))} == set()
    browser.switch_to.default_content()


def count(browser):
    return browser.execute_script("return document.getElementById('count').textContent")


def press(browser, *keys):
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(browser).send_keys(*keys).perform()


def wait_until(browser, condition):
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, 20, poll_frequency=0.02).until(condition)


def gradients(browser):
    """What each box shows, by its name."""
    return dict(browser.execute_script("return [...boxes].map(([name, {text}]) => [name, text.textContent])"))


def marked(browser, kind):
    """The ids of the nodes with a class."""
    return set(browser.execute_script(f"return [...document.querySelectorAll('.node.{kind}')].map(e => e.id)"))


@needs_graphviz
def test_the_page_opens_on_the_root_alone(show):
    browser = show(draw(example()).player().html)
    assert count(browser) == "step 0 of 7"
    assert marked(browser, "lit") == {"n8"}
    assert {name: text for name, text in gradients(browser).items() if text != "0"} == {"n8": "1"}
    assert "dz/dz = 1" in browser.find_element("id", "heading").text


@needs_graphviz
def test_buttons_keys_and_slider_step_forward_and_back(show):
    from selenium.webdriver.common.keys import Keys

    browser = show(draw(example()).player().html)
    browser.find_element("id", "next").click()
    browser.find_element("id", "next").click()
    assert count(browser) == "step 2 of 7"
    assert browser.find_element("id", "heading").text == "v6 = 0.5 * y passes on dz/dv6 = -1"
    assert browser.find_element("id", "lines").text == "dz/dy += dz/dv6 * dv6/dy = -1 * 0.5 = -0.5"
    assert gradients(browser)["n2"] == "-0.5"
    assert marked(browser, "lit") == {"n7", "op7"}
    assert marked(browser, "fed") == {"n2"}
    browser.find_element("id", "back").click()
    assert count(browser) == "step 1 of 7"
    assert gradients(browser)["n2"] == "0"
    right, left, end, home = Keys.ARROW_RIGHT, Keys.ARROW_LEFT, Keys.END, Keys.HOME
    for key, expected in ((right, 2), (right, 3), (left, 2), (end, 7), (right, 7), (home, 0), (left, 0)):
        press(browser, key)
        assert count(browser) == f"step {expected} of 7"
    browser.execute_script("document.getElementById('slider').focus()")
    press(browser, right)
    assert count(browser) == "step 1 of 7"


@needs_graphviz
def test_play_runs_to_the_end_and_starts_again(show):
    root = network()
    browser = show(draw(root).player().html)
    play = browser.find_element("id", "play")
    play.click()
    wait_until(browser, lambda b: play.text == "Play")
    steps = browser.execute_script("return film.frames.length - 1")
    assert count(browser) == f"step {steps} of {steps}"
    root.backward()
    shown = gradients(browser)
    for place, node in enumerate(topological(root)):
        if f"n{place}" in shown:
            assert shown[f"n{place}"] == short(node.grad)
    assert any("…" in text for text in shown.values())
    press(browser, " ")  # the button has the focus: pressed once, not twice
    wait_until(browser, lambda b: play.text == "Play")
    assert count(browser) == f"step {steps} of {steps}"


@needs_graphviz
def test_playing_can_be_stopped(show):
    browser = show(draw(example()).player().html)
    browser.execute_script("window.setInterval = f => { window.tick = f; return 1; }; toggle(); tick();")
    assert count(browser) == "step 2 of 7"
    assert browser.find_element("id", "play").text == "Pause"
    press(browser, " ")
    assert browser.find_element("id", "play").text == "Play"


@needs_graphviz
def test_pointing_at_a_box_shows_all_its_paths_to_the_root(show):
    from selenium.webdriver.common.action_chains import ActionChains

    browser = show(draw(example()).player().html)
    ActionChains(browser).move_to_element(browser.find_element("css selector", "#n0 text")).perform()
    assert marked(browser, "path") == {f"{kind}{k}" for k in (1, 3, 4, 5, 6, 8) for kind in ("n", "op")} | {"n0"}
    dimmed = "return getComputedStyle(document.getElementById(arguments[0])).opacity"
    assert float(browser.execute_script(dimmed, "n7")) < 0.5
    assert float(browser.execute_script(dimmed, "n4")) == 1.0
    ActionChains(browser).move_to_element(browser.find_element("id", "heading")).perform()
    assert marked(browser, "path") == set()


@needs_graphviz
def test_the_keyboard_reaches_the_boxes_and_each_says_what_it_is(show):
    from selenium.webdriver.common.keys import Keys

    browser = show(draw(example()).player().html)
    browser.execute_script("document.getElementById('slider').focus()")
    for _ in range(3):
        press(browser, Keys.TAB)
        focused = browser.switch_to.active_element
        if focused.get_attribute("role") == "img":
            break
    assert focused.get_attribute("aria-label") == "x, data 3, gradient so far 0"
    assert marked(browser, "path") >= {"n0", "n8"}
    press(browser, Keys.END)
    assert focused.get_attribute("aria-label") == "x, data 3, gradient so far 0.205"
    names = browser.execute_script(
        "return [...document.querySelectorAll('button, input')].map(e => e.getAttribute('aria-label') || e.textContent)"
    )
    assert names == ["Play", "Step back", "Step forward", "Step"]


@needs_graphviz
def test_nothing_a_user_typed_runs(show):
    evil = Value(2.0, NASTY)
    root = evil * evil + Value(1.0, "x" * 10_000)
    root.label = NASTY
    browser = show(draw(root).player().html)
    browser.find_element("id", "next").click()
    browser.find_element("id", "next").click()
    found = browser.execute_script("return [window.hacked, document.images.length, document.scripts.length]")
    assert found == [None, 0, 2]
    assert "</svg></script>" in browser.find_element("id", "heading").text


@needs_graphviz
def test_several_players_share_a_page(show):
    players = [draw(root).player() for root in (example(), network())]
    browser = show(f"<!DOCTYPE html><body>{''.join(player._repr_html_() for player in players)}</body>")
    for k, frame in enumerate(browser.find_elements("tag name", "iframe")):
        browser.switch_to.frame(frame)
        browser.find_element("id", "next").click()
        assert count(browser).startswith("step 1 of")
        assert ("z" if k == 0 else "loss") in browser.find_element("tag name", "h1").text
        needed = browser.execute_script("return document.documentElement.scrollHeight - window.innerHeight")
        assert needed <= 0, "the frame is as high as its page"
        browser.switch_to.default_content()


@needs_graphviz
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_readable_in_light_and_dark(show, tmp_path, theme):
    browser = show(draw(example()).player().html)
    features = [{"name": "prefers-color-scheme", "value": theme}, {"name": "prefers-reduced-motion", "value": "reduce"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    luminance = """
        const light = color => color.match(/[0-9.]+/g).slice(0, 3).map(c => c / 255)
            .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
            .reduce((sum, c, k) => sum + c * [0.2126, 0.7152, 0.0722][k], 0);
        const page = light(getComputedStyle(document.body).backgroundColor);
        return [page, ...["heading", "lines", "keys", "count"].map(
            id => light(getComputedStyle(document.getElementById(id)).color))];
    """
    page, *inks = browser.execute_script(luminance)
    assert (page > 0.5) == (theme == "light")
    assert all((max(page, ink) + 0.05) / (min(page, ink) + 0.05) >= 4.5 for ink in inks)
    moving = "return getComputedStyle(document.querySelector('.box path')).transitionDuration"
    assert browser.execute_script(moving) == "0s"
    assert browser.save_screenshot(str(tmp_path / f"{theme}.png"))
    assert (tmp_path / f"{theme}.png").stat().st_size > 10_000
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
