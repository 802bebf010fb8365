"""Panels for one purpose each: a map of runs, a correction, examples, an online problem."""

import matplotlib
import numpy as np
from matplotlib.lines import Line2D

from ..arguments import among
from ..words import number
from .halo import Halo
from .panel import GREY, Panel, Role, each, literal, put, sample

__all__ = ["Correction", "ExampleGradients", "Online", "SensitivityMap"]


class SensitivityMap(Panel):
    """The loss after the last step for every stop of two sliders, for the method in focus.

    One batch of runs a frame. Cells that diverged are black; the cross is where the sliders stand,
    and can be dragged. `x` and `y` name the sliders (the first two with stops).
    """

    title = "loss at the last step"
    follows_focus = "map"
    own_ticks = True
    decades = (-8, 2)  # of the colours

    def __init__(self, axes, size, x=None, y=None):
        super().__init__(axes, size)
        self.names = (x, y)

    def draw(self, scene):
        (ax,) = self.axes
        controls = scene.experiment.controls
        sliders = [name for name in controls if _sets_methods(name, scene.experiment)]
        sliders.sort(key=lambda name: name.rpartition(".")[0] not in ("", scene.focus))
        x, y = self.names
        if len(sliders) < 2:
            raise ValueError(f"a map needs two sliders of a method in controls, not {sliders}")
        among("the map's sliders", [name for name in (x, y) if name is not None], sliders)
        if x is not None and x == y:
            raise ValueError(f"the map's sliders must be two, not {x!r} and {y!r}")
        free = [name for name in sliders if name not in (x, y)]
        self.x, self.y = x or free.pop(0), y or free.pop(0)
        self.stops = [np.asarray(controls[name].stops) for name in (self.x, self.y)]
        room = ax.bbox.width / (0.62 * self.size.font * ax.figure.dpi / 72)  # characters in a row
        for axis, stops, name in zip((ax.xaxis, ax.yaxis), self.stops, "xy", strict=True):
            places = [i for i, v in enumerate(stops) if f"{v:e}".startswith("1.000000e")]
            if len(places) < 3:
                places = np.unique(np.linspace(0, len(stops) - 1, 6).round().astype(int))
            longest = max(len(f"{v:.3g}") for v in stops[places])
            if name == "x" and len(places) * longest > 0.79 * room:
                places = places[::2]
            axis.set_ticks(places, [f"{v:.3g}" for v in stops[places]])
            getattr(ax, f"set_{name}lim")(-0.5, len(stops) - 0.5)
        ax.set_xlabel(literal(controls[self.x].label))
        ax.set_ylabel(literal(controls[self.y].label), labelpad=0)
        ax.grid(False)
        colors = matplotlib.colormaps["cividis"].with_extremes(bad="black")
        low, high = self.decades
        self.image = ax.imshow(
            np.zeros([len(stops) for stops in self.stops]).T,
            origin="lower",
            aspect="auto",
            cmap=colors,
            vmin=low,
            vmax=high,
            # A cell is a run, and between two runs there is none. A page enlarges cells by itself.
            interpolation="none",
            animated=True,
        )
        self.moving.append(self.image)
        white = {"color": "white", "marker": "+", "markersize": self.size.line * 8}
        self.cross = self.line(ax, "handle", markeredgewidth=self.size.line * 1.5, **white)
        box = ax.get_position()
        ax.set_position((box.x0, box.y0, box.width * 0.79, box.height))
        bar = ax.inset_axes((1.03, 0, 0.05, 1))
        bar.imshow(
            np.linspace(low, high, 64)[:, None],
            origin="lower",
            aspect="auto",
            cmap=colors,
            extent=(0, 1, low, high),
        )
        bar.set_xticks([])
        ticks = range(low, high + 1, 2)
        bar.set_yticks(ticks, [f"$10^{{{t}}}$" for t in ticks], fontsize=self.size.font - 1.5)
        bar.yaxis.tick_right()
        look = {"color": "white", "ha": "center", "va": "center", "fontsize": self.size.font - 1}
        look["path_effects"] = [Halo(2 * self.size.line, "#222222")]
        names = ("too slow", "arrives", "diverged")
        texts = {name: ax.text(0, 0, name, animated=True, **look) for name in names}
        self.regions = {name: self._moves(text, "all") for name, text in texts.items()}
        ax.set_facecolor("#777777")  # on which the cross is seen while there is no map
        below = {"x": 0.5, "y": 0.1, "s": "drawn at the last step", "transform": ax.transAxes}
        self.later = self._moves(ax.text(**below, animated=True, **look), "all")
        self.walked, self.places = None, dict.fromkeys(names)  # in the order of the regions

    def move(self, scene):
        self.cross.set_data(
            *(
                [float(np.interp(scene.values[name], stops, np.arange(len(stops))))]
                for name, stops in zip((self.x, self.y), self.stops, strict=True)
            )
        )
        shown = scene.focus is not None and scene.told
        self.image.set_visible(shown)
        self.later.set_visible(scene.focus is not None and not shown)
        if shown:
            self._walk(scene)
        for name, text in self.regions.items():
            text.set_visible(shown and self.places[name] is not None)

    def _walk(self, scene):
        """Walk the runs and name what comes of them, if they are other ones than before."""
        (ax,) = self.axes
        (x, y), experiment = self.stops, scene.experiment
        changes = {self.x: x[:, None], self.y: y[None, :]}
        optimizer, *rest = experiment.inputs(scene.focus, changes)
        others = {n: v for n, v in scene.values.items() if n not in changes}
        inputs = (repr(optimizer), rest, others)
        if self.walked == (inputs, scene.target):
            return
        end = experiment.walk(optimizer, *rest, record="last")
        # A method without one of the hyperparameters is the same all along that axis.
        loss = end.loss[-1] if end.minimum is None else end.gap[-1]
        self.loss, self.known = np.broadcast_to(loss, (len(x), len(y))), end.minimum is not None
        if not self.known and np.isfinite(self.loss).any():  # the colours count from the least
            loss = self.loss - np.nanmin(self.loss)
        with np.errstate(all="ignore"):
            colors = np.log10(np.maximum(np.broadcast_to(loss, self.loss.shape), 1e-30))
        self.image.set_data(colors.T)
        self._name_regions(scene.target)
        self.walked = inputs, scene.target  # not before: after an error it is walked again
        title = f"{literal(scene.focus)}: loss after {scene.steps} steps"
        if ax.get_title() != title:
            ax.set_title(title, fontsize=self.size.font)
            self.stale = True

    def _name_regions(self, target):
        """Names on the regions themselves, each where it is widest."""
        arrives, diverged = self.loss < target, np.isnan(self.loss)
        before = np.cumsum(arrives, axis=0) == 0  # along x, and further on there is one that does
        slow = before & arrives.any(axis=0) & ~diverged
        found, self.places = (slow, arrives, diverged), {}
        for (name, text), region in zip(self.regions.items(), found, strict=True):
            self.places[name] = place = _inmost(region) if self.known else None
            if place is not None:
                text.set_position(place)

    def say(self, scene):
        if scene.focus is None or not scene.told:
            return super().say(scene)
        names = [_symbol(scene.experiment.controls[name]) for name in (self.x, self.y)]
        (x, y), (x_name, y_name), loss = self.stops, names, self.loss
        good, row = loss < scene.target, np.searchsorted(y, scene.values[self.y])
        lines = [f"map of {loss.size} pairs of {x_name} and {y_name}, after {scene.steps} steps:"]
        if np.isfinite(loss).any():
            i, j = np.unravel_index(np.nanargmin(loss), loss.shape)
            best = f"{x_name} = {number(x[i])}, {y_name} = {number(y[j])}"
            lines.append(f"  least loss {number(loss[i, j], 2)} at {best}")
        if not self.known:
            return [*super().say(scene), *lines, f"  {np.isnan(loss).sum()} diverged"]
        width = f"{good.sum()} below {scene.target:g}, {np.isnan(loss).sum()} diverged"
        here = x[good[:, row]]
        if len(here):
            width += f"; at {y_name} = {number(y[row])} below from {x_name} = {number(here[0])}"
            width += f" to {number(here[-1])}, {len(here)} of {len(x)} stops"
        return [*super().say(scene), *lines, f"  {width}"]

    def grab(self, x, y):
        moved = {}
        for name, stops, place in zip((self.x, self.y), self.stops, (x, y), strict=True):
            moved[name] = stops[np.clip(round(float(place)), 0, len(stops) - 1)].item()
        return moved


def _sets_methods(name, experiment):
    """Whether a control is a slider over stops that sets methods, and no surface."""
    return experiment.controls[name].kind == "slider" and not experiment.shapes(name)


def _inmost(region):
    """The cell of a region that is furthest from its edge; None if it is too small for a name."""
    depth, inner = 0, region
    while inner.any():
        cells, depth = np.argwhere(inner), depth + 1
        wide = np.pad(inner, 1)
        inner = inner & wide[2:, 1:-1] & wide[:-2, 1:-1] & wide[1:-1, 2:] & wide[1:-1, :-2]
    return tuple(cells[len(cells) // 2]) if depth > 1 else None


def _symbol(control):
    return control.short.rpartition(": ")[2]


class Correction(Panel):
    """By what the focus divides its averages in step t: two bars that fill up.

    An average that starts at zero has given out a part of its weights, 1 − β₁ᵗ of m and 1 − β₂ᵗ of
    v; at 1 there is nothing left to correct. What a method leaves as it is has no bar, and neither
    has Nadam's m, of which m̂ is no simple multiple.
    """

    title = "sum of weights"
    follows_focus = "moments"
    weight = 0.32
    own_ticks = True
    # By hyperparameter: colour as in `Moments`, what is divided (the first of these states), the
    # quotient, and how both the divided and the divisor are written in the readout.
    averages = {
        "beta1": ("#8e24aa", {"m": "m"}, "m_hat", "1 − β₁ᵗ"),
        "beta2": ("#c25e00", {"v_max": "v max", "v": "v"}, "v_hat", "1 − β₂ᵗ"),
    }

    def draw(self, scene):
        (ax,) = self.axes
        ax.set(xlim=(-0.6, 1.6), ylim=(0, 1.05), yticks=np.linspace(0, 1, 6))
        ax.set_xticks([0, 1], ["$1-\\beta_1^t$\nof $m$", "$1-\\beta_2^t$\nof $v$"])
        ax.grid(False, axis="x")
        self.bars, self.frames = {}, {}
        for name, (color, *_) in self.averages.items():
            # Not snapped to pixels: in a page that is decided for the bars of all steps at once.
            look = {"edgecolor": color, "linewidth": self.size.line * 0.6, "snap": False}
            self.bars[name] = self.area(ax, Role("point", stride=4), facecolor=color, **look)
            self.frames[name] = self.area(ax, facecolor="none", **look)
        self.none = self.text(ax, 0.5, 0.5, ha="center", va="center", color=GREY)

    def move(self, scene):
        divisors = self.divisors(scene.paths.get(scene.focus))
        self.none.set_text("" if divisors else "none")
        for n, name in enumerate(self.averages):
            for artist in (self.bars[name], self.frames[name]):
                artist.set_visible(name in divisors)
            if name in divisors:
                _, values = divisors[name]
                put(self.bars[name], _rectangles(n, values))
                put(self.frames[name], _rectangles(n, [1.0])[[0, 1, 2, 3, 0]])

    def say(self, scene):
        path = scene.paths.get(scene.focus)
        t = 0 if path is None else min(scene.step, path.steps)
        if not t:
            return []
        parts = [
            f"{written} by {self.averages[name][-1]} = {number(values[t])}"
            for name, (written, values) in self.divisors(path).items()
        ]
        divides = f"in step {t} divides {', '.join(parts)}"
        return [f"{scene.focus} {divides if parts else 'corrects no average'}"]

    def divisors(self, path):
        """What is divided, as it is written, and by what, `(steps + 1,)`, by hyperparameter."""
        found = {}
        if path is None or not getattr(path.optimizer, "bias_correction", True):
            return found
        for name, (_, plain, corrected, _) in self.averages.items():
            state = next((state for state in plain if state in path.state), None)
            beta = getattr(path.optimizer, name, None)
            if state is None or beta is None or corrected not in path.state:
                continue
            before, after = path.state[state], path.state[corrected]
            share = 1 - np.power(beta, np.arange(path.steps + 1))
            # A subclass may correct otherwise, or one of the two alone: what it did is recorded.
            if _equal(before, after * share[1:, None]):
                share[1:][~np.isfinite(before).all(axis=1)] = np.nan  # after a divergence
                found[name] = plain[state], share
        return found


def _rectangles(n, heights):
    """The corners of the bar in place `n` for each of these heights, `(4 heights, 2)`."""
    across, up = np.array([-0.3, -0.3, 0.3, 0.3]) + n, np.array([0, 1, 1, 0])
    corners = np.stack(np.broadcast_arrays(across, np.multiply.outer(heights, up)), axis=-1)
    return corners.reshape(-1, 2)


def _equal(one, other):
    """Whether arrays differ by no more than rounding does, in whatever is not lost."""
    with np.errstate(all="ignore"):
        return np.allclose(one, other, rtol=1e-6, atol=1e-300, equal_nan=True)


class ExampleGradients(Panel):
    """Downhill for every example where the focus's path stands, and for each step's batch.

    A ray from the centre is one example's −gradient. The mean of all rays is the full −gradient,
    the mean of the batch's is what the step uses. Empty where the surface has no examples.

    One scale holds the rays of all steps, so that their lengths can be compared. Only rays more
    than four times as long as the longest at the start, of a path that runs away, leave it.
    """

    title = "−gradient of each example, here"
    counts_steps = False
    looks = {  # colour, line width in points, marker
        "an example": ("#93a1af", 0.6, "."),
        "in this batch": ("#e07b00", 1.1, "o"),
        "mean of all": ("#2f7fc4", 4.6, None),
        "mean of the batch": ("#111111", 1.8, None),
    }
    most = 100_000  # rays that are kept; where there are more, those of one step at a time

    def draw(self, scene):
        (ax,) = self.axes
        ax.set_xlabel("along $x_1$")
        ax.set_ylabel("along $x_2$", labelpad=0)
        unit, self.rays, self.tips = self.size.line / 1.6, {}, {}
        for name, (color, width, marker) in self.looks.items():
            look = {"color": color, "linewidth": width * unit}
            if marker:
                # Of the three points of a ray, from the centre to the tip and a gap, only the tip.
                look |= {"marker": marker, "markersize": 2.5 * unit, "markevery": slice(1, None, 3)}
            self.rays[name] = self.line(ax, **look)
            if not marker:
                self.tips[name] = self.area(ax, Role("point", stride=3), color=color, linewidth=0)
        handles = [
            Line2D([], [], color=color, linewidth=width, marker=marker or ">")
            for color, width, marker in self.looks.values()
        ]
        self.legend(ax, handles, labels=list(self.looks), loc="upper left")

    @np.errstate(all="ignore")  # a path that runs away overflows
    def move(self, scene):
        path, problem = scene.paths.get(scene.focus), scene.surface
        shown = path is not None and hasattr(problem, "example_gradients")
        for artist in (*self.rays.values(), *self.tips.values()):
            artist.set_visible(shown)
        if not shown:
            return
        first, x = 0, path.x
        every = -(-problem.n * len(x) // self.most)
        downhill = -problem.example_gradients(x[::every])
        self._fit(np.abs(downhill).max(axis=0))
        if every > 1:
            first, x = scene.step, x[scene.step : scene.step + 1]
            downhill = -problem.example_gradients(x)
        steps = np.arange(len(x))
        rows = np.stack([problem.indices(first + k) for k in steps])
        batch = downhill[rows.T, steps]
        means = [-problem.full_gradient(x), batch.mean(axis=0)]
        tips = (downhill, batch, *np.stack(means)[:, None])
        for ray, ends in zip(self.rays.values(), tips, strict=True):
            points = np.full((len(steps), len(ends), 3, 2), np.nan)
            points[:, :, 0], points[:, :, 1] = 0.0, ends.swapaxes(0, 1)
            ray.role = Role("point", first, 3 * len(ends))
            put(ray, points.reshape(-1, 2))
        for name, ends in zip(self.tips, means, strict=True):
            self._point(name, ends, first)

    def say(self, scene):
        path, problem = scene.paths.get(scene.focus), scene.surface
        if path is None or not hasattr(problem, "example_gradients"):
            return super().say(scene)
        here, rows = path.x[scene.step], problem.indices(scene.step)
        along = problem.example_gradients(here) @ problem.full_gradient(here) > 0
        words = f"{along.sum()} of {len(along)} examples, {along[rows].sum()} of the {len(rows)}"
        return [
            *super().say(scene),
            f"downhill for the whole points −gradient of {words} in the batch",
        ]

    def _fit(self, largest):
        """One scale for both axes, so that directions are those of the landscape: `(steps, 2)`."""
        (ax,) = self.axes
        wide = ax.bbox.width / ax.bbox.height
        needed = np.maximum(largest[:, 1], largest[:, 0] / wide)  # that the height must hold
        half = np.fmin(np.fmax.reduce(needed), 4 * needed[0])
        if 0 < half < 1e30:
            power = 10.0 ** np.floor(np.log10(half))
            top = next(n for n in (1, 1.5, 2, 3, 4, 6, 8, 10) if half <= n * power) * power * 1.05
            self.limits(ax, -top, top)
            self.limits(ax, -top * wide, top * wide, "x")

    def _point(self, name, ends, first):
        """The triangle at the tip of a mean, for each step."""
        (ax,) = self.axes
        radius = (7.0 + self.looks[name][1]) / 2 * self.size.line / 1.6  # in points
        radius *= ax.figure.dpi / 72 * np.ptp(ax.get_ylim()) / ax.bbox.height
        ends = ends @ [1, 1j]
        corners = ends / np.abs(ends) * radius * np.exp(2j * np.pi / 3 * np.arange(3)[:, None])
        corners = (ends + corners).T.ravel()
        self.tips[name].role = Role("point", first, 3)
        put(self.tips[name], np.stack([corners.real, corners.imag], axis=1))


class Online(Panel):
    """An online problem on [−1, 1]: the iterate x₁, its average regret, and the rate.

    The losses are taken as linear, fₜ(x) = gₜ x with the recorded gradients of the first
    coordinate. The regret is what the iterates lost, beyond the best fixed point of [−1, 1]. A
    method without a rate has no line in the last column.
    """

    shape = (1, 3)
    titles = ("iterate $x_1$", "average regret", r"rate, e.g. $\alpha_t/\sqrt{v_t}$")

    @staticmethod
    def regret(path):
        """The average regret after each step, `(steps,)`."""
        g = path.gradient[:, 0]
        lost = np.cumsum(g * path.x[:-1, 0])
        least = -np.abs(np.cumsum(g))
        return (lost - least) / np.arange(1, len(g) + 1)

    def draw(self, scene):
        self.lines, self.dots, self.now, self.shown = {}, {}, [], None
        for n, ax in enumerate(self.axes):
            ax.set_title(self.titles[n], fontsize=self.size.font)
            ax.set_xlabel("step")
            ax.set_xlim(0, max(scene.steps, 1))
            if n == 0:
                ax.set_ylim(-1.15, 1.15)
                for edge in (-1, 1):
                    ax.axhline(edge, color=GREY, linewidth=0.8, linestyle="--", zorder=1)
            else:
                ax.set_yscale("log")
            for label, style in scene.styles.items():
                look = {"color": style.color, "linestyle": style.line}
                look |= {"linewidth": self.size.line * 0.7}
                self.lines[label, n] = self.curve(ax, min(n, 1), **look)
            for label, style in scene.styles.items():
                look = {"color": style.color, "marker": style.marker}
                role = Role("point", first=min(n, 1))  # the first regret is that of step 1
                self.dots[label, n] = self.line(
                    ax, role, markersize=self.size.line * 4, markeredgecolor="white", **look
                )
            self.now.append(self.cursor(ax))

    def move(self, scene):
        seen = [], [], []
        for label in scene.styles:
            path = scene.paths.get(label)
            values = []
            if path is not None and path.steps:
                values = [path.x[:, 0], self.regret(path)]
                values += [path.state["rate"][:, 0]] if "rate" in path.state else []
            for n in range(3):
                for artists in (self.lines, self.dots):
                    artists[label, n].set_visible(n < len(values))
            for n, y in enumerate(values):
                if n:  # a logarithmic axis has no place for a regret below zero
                    y = np.where(y > 0, np.clip(y, 1e-30, 1e30), np.nan)
                for artists in (self.lines, self.dots):
                    artists[label, n].set_data(np.arange(len(y)) + (n > 0), y)
                seen[n].append(y)
        for n in (1, 2):
            self.decades(self.axes[n], seen[n], floor=1e-6, ceiling=1e6)
        for now in self.now:
            self.set_cursor(now, scene)
        if self.shown != list(scene.paths):
            self.shown = list(scene.paths)
            handles = [sample(label, scene) for label in self.shown]
            self.legend(self.axes[1], handles, loc="upper right")

    def say(self, scene):
        lines = super().say(scene)
        paths = {label: path for label, path in scene.paths.items() if path.steps}
        ends = [(scene.steps, "at the end")] if scene.told else []
        for k, words in [(scene.step, f"at step {scene.step}"), *ends]:
            lines.append(f"x₁ {words}: {each({n: path.x[k, 0] for n, path in paths.items()})}")
        k = min(scene.step, scene.steps - 1)
        regret = {label: self.regret(path)[k] for label, path in paths.items()}
        rates = {n: path.state["rate"][k, 0] for n, path in paths.items() if "rate" in path.state}
        lines.append(f"average regret after step {k + 1}: {each(regret)}")
        if rates:
            lines.append(f"rate in that step: {each(rates)}")
        return lines
