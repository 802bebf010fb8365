"""Make adamviz/network/digits.npz from scikit-learn's copy of the UCI digits.

    python tools/make_digits.py            # write the file
    python tools/make_digits.py --check    # change nothing, compare

scikit-learn is needed here alone: install it in an environment of its own. Source and licence of
the images are in adamviz/network/digits.txt.
"""

import argparse
import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np

from adamviz.machine import run_main

FILE = Path(__file__).resolve().parent.parent / "adamviz" / "network" / "digits.npz"
# Of the bytes of the images and the labels, one after the other: compression may differ.
SHA256 = "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"


def archive(arrays):
    """A compressed npz without the time of day, so that a second run gives the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.save(member, array)
            info = zipfile.ZipInfo(f"{name}.npy", (1998, 7, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, member.getvalue())
    return out.getvalue()


def digest(images, labels):
    return hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing, compare")
    check = parser.parse_args().check
    from sklearn.datasets import load_digits

    loaded = load_digits()
    images, labels = loaded.images.astype(np.uint8), loaded.target.astype(np.uint8)
    assert images.shape == (1797, 8, 8) and (images == loaded.images).all() and images.max() == 16
    found = digest(images, labels)
    if found != SHA256:
        return f"scikit-learn's digits have changed: sha256 {found}, not {SHA256}"
    if not check:
        FILE.write_bytes(archive({"images": images, "labels": labels}))
    with np.load(FILE) as stored:
        if digest(stored["images"], stored["labels"]) != SHA256:
            return f"{FILE.name} holds other digits"
    print(f"{FILE.name}: {len(images)} images, {FILE.stat().st_size} bytes, sha256 {SHA256}")
    return None


if __name__ == "__main__":
    run_main(main)
