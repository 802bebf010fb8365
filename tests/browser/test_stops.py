"""Stops ahead as `stage.js` takes them, without a kernel: what came apart is put together."""

import base64

from twin import run

from adamviz.drawing.recorder import HEADLESS, parted

# A stage that has asked for stops of "lr"; `answer` lets it hear of one with one list.
ASKED = """(lists) => {
  const { Stage, decode } = window.stage;
  const bytes = (text) => new DataView(
      Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const stage = new Stage({ get: () => undefined, send: () => {} });
  const base = stage.base("lr"), frames = new Map();
  stage.ahead.set("lr", { base, frames, stills: new Map(), heads: new Map(), asked: 9, bytes: 0 });
  lists.forEach((list, stop) => stage.hear(
    { kind: "ahead", key: "lr", base, took: 0, frames: [[stop, { tiles: [["tile", -1, 0]] }]] },
    [bytes(list)]));
  const whole = ({ tiles: [{ moving, head }] }) => {
    const { ops, styles, arrays, units } = decode(moving, head);
    return { ops, styles, arrays: arrays.map((array) => [...array]), units };
  };
  return [...frames].map(([stop, frame]) => [stop, whole(frame)]);
}"""

CELL = """from adamviz import Explorer, optimizers
Explorer([optimizers.Adam(lr=0.1)], controls=["lr"], steps=20)"""


def test_a_list_without_a_header_is_like_the_last_one_with_one(exports):
    twin = next(run([CELL]))
    found = []
    for lr in (0.1, 0.2, 0.05):
        twin.set(lr=lr)
        found.append(bytes(twin.widget.moving[1]))
    heads, arrays = zip(*map(parted, found), strict=True)
    assert len({*heads}) == 1 and len({*arrays}) == 3
    stops = ask(exports, [found[0], HEADLESS + arrays[1], HEADLESS + arrays[2]])
    assert [stop for stop, _ in stops] == [0, 1, 2]
    assert stops == ask(exports, found)


def test_a_list_whose_header_went_before_is_not_taken(exports):
    """A hand left and came back: what it finds on the way was for the one before."""
    twin = next(run([CELL]))
    whole = bytes(twin.widget.moving[1])
    late = HEADLESS + parted(whole)[1]
    assert [stop for stop, _ in ask(exports, [late, whole, late])] == [1, 2]


def ask(page, lists):
    return page.evaluate(ASKED, [base64.b64encode(list_).decode() for list_ in lists])
