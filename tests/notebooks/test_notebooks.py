"""What every notebook must be: complete, truthful, and, as git holds it, in normal form.

The files are read through the normal form, so that a reader's run and save changes nothing here.
Whether the outputs are still what the code prints is nbval's part (`make test` runs both). nbval
compares nothing in a cell without an execution count; in the normal form each has one.
"""

import base64
import functools
import io
import platform
import re
from pathlib import Path

import nbformat
import pytest
from PIL import Image

from tools import notebooks as tool

NAMES = [path.name for path in tool.notebooks()]
LESSONS = [name for name in NAMES if name != tool.CONTENTS]
LONGEST_CELL = 15
QUESTIONS = range(1, 9)
# The first line of what a figure says.
READOUT = re.compile(r".+; (start \(.+\); \d+ steps|\d+ seeds; epoch \d+ of \d+)$", re.MULTILINE)
README = (tool.FOLDER.parent / "README.md").read_text(encoding="utf-8")
# The margin keeps the text below from looking like what was opened. Without the blank lines viewers
# would show the Markdown and the formulas inside as they were typed.
FOLD = """<details style="margin-bottom: 1em">
<summary><b>What happened</b> (predict first)</summary>
"""
ANSWER = re.compile(
    rf"(?:\A|\n\n){re.escape(FOLD)}\n(?=\S)"
    r"((?:(?!</?details|</?summary).)+?)(?<=\S)\n\n</details>(?=\n\n|\Z)",
    re.DOTALL,
)

every_notebook = pytest.mark.parametrize("name", NAMES)
every_lesson = pytest.mark.parametrize("name", LESSONS)


@functools.cache
def load(name):
    return tool.normal(name, tool.files())


def markdown(nb):
    return "\n\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")


def code_cells(nb):
    return [cell for cell in nb.cells if cell.cell_type == "code" and cell.source.strip()]


def is_solution(cell):
    return "solution" in cell.metadata.get("tags", [])


def texts(cell):
    """Everything the cell's stored outputs say in words."""
    for output in cell.get("outputs", []):
        yield output.get("text", "")
        for mime, data in output.get("data", {}).items():
            if mime.startswith("text/"):
                yield data


def claims_in_prose(name):
    number = int(name[:2])
    return [int(k) for k in re.findall(rf"\*\*Claim {number}\.(\d+)\.?\*\*", markdown(load(name)))]


def claims_in_outputs(name):
    """The `Claim N.k:` lines, once per cell that prints one."""
    found = []
    for cell in code_cells(load(name)):
        lines = re.findall(r"^Claim (\d+)\.(\d+):", "\n".join(texts(cell)), re.M)
        found += sorted({(int(n), int(k)) for n, k in lines})
    return found


def test_there_are_notebooks():
    assert tool.CONTENTS in NAMES
    assert LESSONS


def test_what_git_holds_is_in_normal_form():
    texts = tool.stored()
    if texts is None:
        pytest.skip("there is no git here, or it does not hold the notebooks")
    assert [name for name in texts if not tool.NAME.fullmatch(name)] == []
    found = {name: problem for name in texts if (problem := tool.abnormal(name, texts))}
    assert found == {}, "python tools/notebooks.py --no-run, then git add"


@every_notebook
def test_ran_without_errors_or_warnings(name):
    for number, cell in enumerate(load(name).cells):
        for output in cell.get("outputs", []):
            assert output.output_type != "error", tool.place(cell, number)
            assert output.get("name") != "stderr", f"{tool.place(cell, number)}: {output.text}"


@every_notebook
def test_outputs_hold_nothing_of_one_machine(name):
    personal = [
        r"(?<![A-Za-z0-9+/.~_-])/(home|root|work|tmp|Users|var|usr|opt)/",
        r"[A-Z]:\\",
        r"ipykernel_\d+",
        r"\bat 0x[0-9a-f]{6,}",
    ]
    personal.append(r"\b\d{1,3}(\.\d{1,3}){3}\b|\blocalhost\b|[\w.+-]+@[\w-]+\.\w")  # addresses
    for ours in (platform.node(), Path.home().name):
        if re.search(r"[\d_-]", ours):  # one called "adam" would be found everywhere
            personal.append(rf"\b{re.escape(ours)}\b")
    for number, cell in enumerate(load(name).cells):
        for said in texts(cell):
            match = re.search("|".join(personal), said)
            assert not match, f"{tool.place(cell, number)} prints {match[0]!r}"


@every_notebook
def test_code_cells_are_short(name):
    for number, cell in enumerate(load(name).cells):
        if cell.cell_type == "code" and not is_solution(cell):
            lines = [line.strip() for line in cell.source.splitlines()]
            code = [line for line in lines if line and not line.startswith("#")]
            assert len(code) <= LONGEST_CELL, tool.place(cell, number)


@every_notebook
def test_explorers_carry_a_still_picture(name):
    explorers = 0
    for number, cell in enumerate(load(name).cells):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if READOUT.match(data.get("text/plain", "")):
                explorers += 1
                still = "image/png" in data or tool.PICTURE.search(data.get("text/html", ""))
                assert still, tool.place(cell, number)
    assert explorers


@every_notebook
def test_opens_with_title_and_navigation(name):
    nb = load(name)
    first = nb.cells[0].source
    assert re.match(rf"# {name[:2]} · \S", first), first[:80]
    for cell in (nb.cells[0], nb.cells[-1]):
        assert "<!-- nav -->" in cell.source and cell.source.endswith("<!-- /nav -->")


@every_lesson
def test_opens_with_question_aims_and_time(name):
    first = load(name).cells[0].source
    for part in ("**Question**", "**You will be able to**", "**Time**"):
        assert part in first


@every_lesson
def test_closes_with_sources_and_misconceptions(name):
    prose = markdown(load(name))
    assert re.search(r"^## Misconceptions to leave behind$", prose, re.M)
    sources = re.search(r"^## Sources$(.*?)(?=^## |\Z)", prose, re.M | re.S)
    assert sources
    place = r"(?:§|\b(?:sections?|secs?\.|equations?|eqs?\.|algorithms?|theorems?|chapters?|ch\.))"
    assert re.search(rf"{place}\s*\(?\d", sources[1], re.I), "no section or equation number"


@every_lesson
def test_exercises_have_solutions_that_were_run(name):
    number = int(name[:2])
    cells = load(name).cells
    assert re.search(r"^## Exercises$", markdown(load(name)), re.M)
    heading = re.compile(rf"^### Exercise {number}\.(\d+)\b", re.M)

    exercises, solved = [], []
    for cell in cells:
        if cell.cell_type == "markdown":
            exercises += map(int, heading.findall(cell.source))
        elif is_solution(cell):
            assert exercises, "a solution before the first exercise"
            assert cell.metadata.get("jupyter") == tool.FOLDED
            assert any(said.strip() for said in texts(cell)), "a solution without output"
            solved.append(exercises[-1])
    assert exercises in ([1, 2], [1, 2, 3], [1, 2, 3, 4])
    assert sorted(set(solved)) == exercises


@every_notebook
def test_each_prediction_has_an_answer_to_open(name):
    _, *predictions = markdown(load(name)).split("**Predict.**")
    assert predictions
    for asked in predictions:
        assert ANSWER.search(asked), f"no folded answer to: {asked.strip()[:80]}"


# What only the last step can say.
TOLD = re.compile(
    r" from step \d| at the end|diverged at step|lowest loss|over all steps|^map of", re.M
)
# These open elsewhere than where the question is: at κ = 1, before rates are moved, at p = 1.1.
ELSEWHERE = {
    "01_gradient_descent_in_a_canyon.ipynb": ["canyon, κ = 1; start (-4, 1.5); 60 steps"],
    "12_playground.ipynb": ["canyon, κ = 100; start (-4, 1.5); 300 steps"],
    "13_in_practice_today.ipynb": ["canyon, κ = 100; start (-4, 1.5); 100 steps"],
}


@every_notebook
def test_the_first_state_of_a_figure_does_not_tell_what_is_to_be_predicted(name):
    told = []
    for cell in code_cells(load(name)):
        for output in cell.outputs:
            said = output.get("data", {}).get("text/plain", "")
            if "image/png" in output.get("data", {}) and TOLD.search(said):
                told.append(said.splitlines()[0])
    assert told == ELSEWHERE.get(name, [])


@every_notebook
def test_what_a_figure_keeps_secret_is_there_for_a_reader_without_a_kernel(name):
    cells = code_cells(load(name))
    kept = [cell.source.splitlines()[-1] for cell in cells if "secret=True" in cell.source]
    assert kept
    folded = [cell for cell in cells if ".finished(" in cell.source and not is_solution(cell)]
    assert {figure for figure in kept if figure.isidentifier()} == set(kept)
    assert {*kept} <= {cell.source.partition(".finished(")[0] for cell in folded}
    for cell in folded:
        (output,) = cell.outputs
        assert READOUT.match(output.data["text/plain"])
        assert (
            "<details>" in output.data["text/html"] and "data:image/png" in output.data["text/html"]
        )


@every_notebook
def test_answers_are_folded_as_a_whole(name):
    """Cell by cell, as viewers render them; no link leads to a heading inside a closed fold."""
    for number, cell in enumerate(load(name).cells):
        if cell.cell_type == "markdown":
            outside = ANSWER.sub("", cell.source)
            stray = re.search(r"</?details|</?summary|\*\*What happened", outside)
            assert not stray, f"{tool.place(cell, number)}: {stray[0]} outside a whole fold"
            for answer in ANSWER.findall(cell.source):
                assert not re.search(r"^#", answer, re.M), tool.place(cell, number)


@every_notebook
def test_each_claim_is_computed_by_one_cell(name):
    number = int(name[:2])
    prose = claims_in_prose(name)
    assert prose == list(range(1, len(prose) + 1)), "claims are numbered without gaps"
    assert prose or name == tool.CONTENTS, "no numbered claims"
    assert sorted(claims_in_outputs(name)) == [(number, k) for k in prose]


@every_notebook
def test_references_to_claims_of_other_notebooks_hold(name):
    written = {int(other[:2]): set(claims_in_prose(other)) for other in NAMES}
    for n, k in re.findall(r"\bclaim (\d+)\.(\d+)", markdown(load(name)), re.I):
        assert int(n) not in written or int(k) in written[int(n)], f"there is no claim {n}.{k}"


@every_notebook
def test_links_lead_somewhere(name):
    for target in re.findall(r"\]\(([^)\s#]+)", markdown(load(name))):
        if "://" not in target and not target.startswith(("mailto:", "attachment:")):
            assert (tool.FOLDER / target).exists(), target


def sections(name):
    """The text of each section by its anchor in JupyterLab, what lies deeper included."""
    found, text = {}, markdown(load(name))
    headings = list(re.finditer(r"^(#{1,6}) +(.+?) *$", text, re.M))
    for i, heading in enumerate(headings):
        later = (h.start() for h in headings[i + 1 :] if len(h[1]) <= len(heading[1]))
        found[heading[2].replace(" ", "-")] = text[heading.end() : next(later, len(text))]
    return found


def links_to_sections(text, here):
    """(notebook, anchor, claims): each link to a section, with the claims in brackets behind it."""
    links = re.findall(r"\]\((\d\d_\w+\.ipynb)?#([^)\s]+)\)(?: \(([^)]*)\))?", text)
    return [
        (target or here, anchor, re.findall(r"\bclaim (\d+)\.(\d+)", said, re.I))
        for target, anchor, said in links
    ]


def minutes(name):
    return int(re.search(r"\*\*Time\*\* about (\d+) minutes", load(name).cells[0].source)[1])


@every_notebook
def test_linked_sections_and_their_claims_exist(name):
    for target, anchor, claims in links_to_sections(markdown(load(name)), name):
        assert target in NAMES, target
        assert anchor in sections(target), f"{target} has no section {anchor}"
        assert anchor.isascii(), f"JupyterLab opens {target} at its top, not at {anchor}"
        for n, k in claims:
            stated = re.search(rf"\*\*Claim {n}\.{k}\.?\*\*", sections(target)[anchor])
            assert stated, f"claim {n}.{k} is not in {target}#{anchor}"


@pytest.mark.parametrize("question", QUESTIONS)
def test_contents_answers_the_question(question):
    """One row `| 3 | … |` per question, which links to a section of a lesson, with its claims."""
    row = re.compile(rf"^\| *\**{question}\.?\** *\|.*$", re.M)
    rows = row.findall(sections(tool.CONTENTS)["Your-eight-questions"])
    assert len(rows) == 1
    assert "coming" not in rows[0].lower()
    answers = links_to_sections(rows[0], tool.CONTENTS)
    assert any(target in LESSONS and claims for target, _, claims in answers)


def listed(text):
    """(number, title, file, minutes) of each row of a table that links to a notebook."""
    found = []
    for row in re.findall(r"^\|(.+)\|$", text, re.M):
        first, *_, last = (cell.strip() for cell in row.split("|"))
        link = re.search(r"\[(?:(\d\d) )?([^]]+)\]\((?:notebooks/)?(\w+\.ipynb)\)", row)
        if link and last.isdecimal():
            found.append((link[1] or first, link[2], link[3], int(last)))
    return found


def as_listed(name):
    number, title = tool.title(load(name)).split(" · ")
    return number, title, name, minutes(name)


def test_contents_lists_every_notebook_with_its_time():
    assert listed(sections(tool.CONTENTS)["The-notebooks"]) == [as_listed(n) for n in LESSONS]


def test_readme_lists_every_notebook_with_its_time():
    assert listed(README) == [as_listed(name) for name in NAMES]


def test_sum_of_the_times():
    words = {8: "eight", 9: "nine", 10: "ten"}
    said = f"takes about {words[round(sum(map(minutes, NAMES)) / 60)]} hours"
    assert said in sections(tool.CONTENTS)["The-notebooks"]
    assert said in README


def test_plans_for_teachers_name_sections_that_exist():
    """Rows `| 6 | 01, *One rate for two directions* | …`."""
    steps = re.findall(r"^\| *\d+ *\| *(\d\d), \*([^*]+)\* *\|", README, re.M)
    assert steps
    for number, heading in steps:
        (name,) = (name for name in NAMES if name.startswith(number))
        assert heading.replace(" ", "-") in sections(name), f"{name} has no section {heading!r}"


def test_normal_form_refuses_a_widget_without_a_picture():
    output = nbformat.v4.new_output("display_data", {tool.WIDGET: {}, "text/plain": "VBox()"})
    cell = nbformat.v4.new_code_cell("show()", outputs=[output])
    with pytest.raises(tool.Refusal, match=r"show\(\)"):
        tool.normalise_output(output, cell, 3)


def test_normal_form_keeps_the_picture_and_drops_the_widget():
    data = {tool.WIDGET: {}, "image/png": "aa", "text/plain": "canyon; start (1, 1); 9 steps"}
    output = nbformat.v4.new_output("display_data", data)
    tool.normalise_output(output, nbformat.v4.new_code_cell("show()"), 0)
    assert set(output.data) == {"image/png", "text/plain"}


def shown(color):
    """A notebook of one cell that shows a picture of one colour."""
    file = io.BytesIO()
    Image.new("RGB", (4, 3), color).save(file, "png")
    picture = base64.b64encode(file.getvalue()).decode()
    data = {"image/png": picture, "text/plain": "canyon; start (1, 1); 9 steps"}
    output = nbformat.v4.new_output("display_data", data)
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("show()", outputs=[output])])


@pytest.mark.parametrize(("color", "kept"), [((10, 20, 31), True), ((10, 20, 40), False)])
def test_a_stored_picture_is_replaced_by_a_new_one_unless_it_differs_by_rounding(color, kept):
    stored, new = shown((10, 20, 30)), shown(color)
    old, made = (nb.cells[0].outputs[0].data["image/png"] for nb in (stored, new))
    assert old != made
    tool.keep_pictures(new, stored)
    assert new.cells[0].outputs[0].data["image/png"] == (old if kept else made)
