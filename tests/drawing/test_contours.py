"""The contours of a landscape: as exact as a pixel needs them, and no longer than that."""

import numpy as np
import pytest
from matplotlib.path import Path

from adamviz import Experiment, optimizers, surfaces
from adamviz.drawing import landscape
from adamviz.drawing.picture import Picture

SURFACES = ["canyon", "himmelblau", "rosenbrock", "beale", "plateau", "saddle"]


def contours(name):
    """Fills and lines of a surface in pixels, a list of paths."""
    scene = Experiment([optimizers.Adam(lr=0.1)], name).scene()
    picture = Picture([landscape.Landscape], scene)
    picture.record(scene)
    (panel,) = picture.panels
    to_pixels = panel.axes[0].transData
    fills, lines = (collection.get_paths() for collection in panel.still[:2])
    assert len(fills) == len(lines) + 1 == 14
    return [to_pixels.transform_path(path) for path in [*fills, *lines]]


def segments(path):
    """The straight parts of a path, `(n, 2, 2)`."""
    drawn = np.flatnonzero(path.codes[1:] != Path.MOVETO)
    return np.stack([path.vertices[drawn], path.vertices[drawn + 1]], axis=1)


def distances(points, parts):
    """How far each point is from the nearest straight part."""
    a, along = parts[:, 0], parts[:, 1] - parts[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = ((points[:, None] - a) * along).sum(-1) / (along**2).sum(-1)
    share = np.clip(np.nan_to_num(share), 0, 1)
    return np.linalg.norm(points[:, None] - a - share[..., None] * along, axis=-1).min(axis=1)


@pytest.mark.parametrize("name", SURFACES)
def test_a_contour_is_where_it_was_with_a_quarter_of_its_vertices(monkeypatch, name):
    short = contours(name)
    monkeypatch.setattr(landscape, "_simplified", lambda ax, vertices, codes: Path(vertices, codes))
    whole = contours(name)
    assert 4 * sum(len(p.vertices) for p in short) < sum(len(p.vertices) for p in whole)
    for one, other in zip(short, whole, strict=True):
        points = other.vertices[other.codes != Path.CLOSEPOLY]
        # Two parts of a line may be off to either side of a third.
        assert distances(points, segments(one)).max() < 0.2


def test_contours_are_drawn_again_for_another_surface_and_not_for_other_noise():
    def plane(kappa=10.0, sigma=1.0, seed=0):
        return surfaces.NoisySurface(surfaces.canyon(kappa), sigma, seed)

    first = Experiment([optimizers.Adam(lr=0.1)], plane, controls=["kappa", "sigma", "seed"])
    picture = Picture([landscape.Landscape], first.scene())
    (panel,), stills = picture.panels, []
    for moved in ({}, {"seed": 3}, {"sigma": 0.0}, {"kappa": 20.0}, {"kappa": 10.0}):
        picture.record(first.with_(**moved).scene())
        stills.append((panel.still[0], picture.tiles[0].name))
    assert stills[0] == stills[1] == stills[2]
    assert stills[3][0] is not stills[2][0] and stills[3][1] != stills[2][1]
    assert stills[4][0] is not stills[0][0] and stills[4][1] == stills[0][1]
