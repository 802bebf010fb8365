"""The widget of a control, and a plain twin of it for screen readers."""

import ipywidgets as widgets

__all__ = ["Twins", "look", "make", "row"]


def row(*children):
    """Widgets side by side, in as many lines as they need."""
    # The padding keeps the first letter of a label from being cut off.
    layout = {"flex_flow": "row wrap", "align_items": "center", "padding": "0 0 0 4px"}
    return widgets.Box(children, layout=layout | {"grid_gap": "0 6px"})


def look(width):
    """How a widget with a label is laid out."""
    return {"layout": {"width": f"{width}px"}, "style": {"description_width": "initial"}}


def make(control):
    """The widget on which a control stands, at its first value."""
    start, shared = control.start, look(405) | {"description": control.label}
    if control.kind == "toggle":
        return widgets.Checkbox(bool(start), indent=False, **shared)
    if control.kind == "menu":
        return widgets.Dropdown(options=control.stops, value=start, **shared)
    if control.kind == "even":
        low, high, step = control.values
        return widgets.FloatSlider(start, min=low, max=high, step=step, **shared)
    options = [(control.written(stop), stop) for stop in control.stops]
    return widgets.SelectionSlider(options=options, value=start, **shared)


class Twins:
    """Plain controls that stand in for those without a name, where the reader asks for them.

    ipywidgets gives the handle of a slider and the icons of `Play` no name, and does not say
    whether a toggle button is pressed. A menu, a box and a tick are the browser's own, and have
    all of that.

    Attributes
    ----------
    switch : Checkbox
        Puts the twins in the place of the controls, everywhere inside `root`.
    root : Box
    """

    def __init__(self):
        self.root, self._of = None, {}
        self.switch = widgets.Checkbox(
            description="plain controls, for screen readers", indent=False
        )
        self.switch.add_class("adamviz-plain")
        self.switch.observe(self._swap, "value")

    def face(self, control):
        """A control as it stands in the figure: itself, or its plain twin."""
        if not self.switch.value or isinstance(control, widgets.Box):
            return control
        if control not in self._of:
            self._of[control] = _plain(control)
        return self._of[control]

    def _swap(self, change):
        control = {twin: control for control, twin in self._of.items()}
        boxes = [self.root]
        while boxes:
            box = boxes.pop()
            boxes += [c for c in box.children if isinstance(c, widgets.Box) and c not in control]
            box.children = [self.face(control.get(c, c)) for c in box.children]


def _plain(widget):
    """A twin of a control whose name and state a screen reader can read, or the control itself."""
    shared = {"description": getattr(widget, "description", ""), "layout": widget.layout}
    shared["style"] = {"description_width": "initial"}
    if isinstance(widget, widgets.SelectionSlider):
        twin = widgets.Dropdown(options=widget.options, index=widget.index, **shared)
        linked = {"index": "index", "disabled": "disabled"}
    elif isinstance(widget, (widgets.IntSlider, widgets.FloatSlider)):
        whole = isinstance(widget, widgets.IntSlider)
        box = widgets.BoundedIntText if whole else widgets.BoundedFloatText
        twin = box(widget.value, min=widget.min, max=widget.max, step=widget.step, **shared)
        linked = {"max": "max", "value": "value", "disabled": "disabled"}
    elif isinstance(widget, widgets.ToggleButton):
        twin = widgets.Checkbox(widget.value, indent=False, **shared)
        linked = {"value": "value", "disabled": "disabled"}
    elif isinstance(widget, widgets.Play):
        twin = widgets.Checkbox(widget.playing, description="play", indent=False)
        linked = {"playing": "value"}
    else:
        return widget
    for own, its in linked.items():
        widgets.link((widget, own), (twin, its))
    if isinstance(widget, widgets.Play):  # it keeps the time only while it is in the page
        twin = widgets.Box([twin, widgets.Box([widget], layout={"display": "none"})])
    return twin
