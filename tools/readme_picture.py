"""Draw docs/explorer.png, the picture in the README: an explorer's own still.

    python tools/readme_picture.py
"""

from pathlib import Path

from adamviz import Control, Explorer, optimizers
from adamviz.machine import run_main

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "explorer.png"


def explorer():
    # Each at its own best rate on this canyon: notebook 00 finds them.
    methods = [
        optimizers.GradientDescent(lr=0.018),
        optimizers.Momentum(lr=0.00315),
        optimizers.Adam(lr=0.1),
    ]
    alphas = [Control(f"{method.label}.lr", f"{method.label}: α") for method in methods]
    return Explorer(methods, controls=alphas, steps=140, step=16, focus="Adam", size="projector")


def main():
    bundle, _ = explorer()._repr_mimebundle_()
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_bytes(bundle["image/png"])
    print(f"{PICTURE.parent.name}/{PICTURE.name} is new. It shows:\n{bundle['text/plain']}")


if __name__ == "__main__":
    run_main(main)
