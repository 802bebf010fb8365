"""What answers a question lies folded below it: `folded` for printed claims and solutions."""

import contextlib
import io

from IPython.display import display

from ..checks import one_line
from ..page.html import Fold

__all__ = ["folded"]


@contextlib.contextmanager
def folded(title, hint="predict first"):
    """Put what is printed in a `with` block into a fold, which running the cell does not open.

    Parameters
    ----------
    title, hint : str
        On the fold: "Claim 3.1 (predict first)".

    Raises
    ------
    ValueError
        For a title or a hint that is not one line of text. An error in the block goes on, after
        what was printed before it.

    Examples
    --------
    >>> with folded("Claim 3.1"):
    ...     print("Claim 3.1: 4 steps")
    Claim 3.1: 4 steps
    """
    one_line("title", title)
    one_line("hint", hint)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            yield
    finally:
        if text := printed.getvalue().rstrip("\n"):
            display(Fold(title, hint, text))
