"""What of a notebook's code its figures need: the claims beside them take minutes."""

import ast

FUNCTIONS = (ast.FunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
SCOPES = (*FUNCTIONS, *COMPREHENSIONS, ast.ClassDef)


def run(cells, names):
    """Run what the figures of code cells need, in the namespace `names`: a figure by its cell.

    `cells` are pairs: the source, and whether it ends with a figure. A statement before the last
    figure is needed if it binds a name that is read in another that is needed, wherever the two
    stand, so that names mean what they would. A call that changes something and binds nothing is
    left out.
    """
    cells = list(cells)
    while not cells[-1][1]:
        cells.pop()
    program = [
        (number, statement, shows and statement is body[-1])
        for number, (source, shows) in enumerate(cells)
        for body in [ast.parse(source).body]
        for statement in body
    ]
    needed, wanted = [], None
    while wanted != (wanted := {name for _, s, _ in needed for name in read(s)}):
        needed = [item for item in program if item[2] or wanted & {*bound(item[1])}]
    found = {}
    for number, statement, shows in needed:
        where = f"cell {number}"
        if shows:
            found[number] = eval(compile(ast.Expression(statement.value), where, "eval"), names)
        else:
            exec(compile(ast.Module([statement], []), where, "exec"), names)
    return found


def bound(statement):
    """The names that a statement binds where it stands, or changes, as in `canyon.start = …`."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, ast.alias):
        yield (statement.asname or statement.name).partition(".")[0]
    elif isinstance(getattr(statement, "ctx", None), ast.Store):
        yield from (node.id for node in ast.walk(statement) if isinstance(node, ast.Name))
    if not isinstance(statement, SCOPES):
        for part in ast.iter_child_nodes(statement):
            yield from bound(part)


def read(node):
    """The names that a statement, or a part of one, takes from outside of it."""
    if isinstance(node, ast.Name):
        return {node.id} if isinstance(node.ctx, ast.Load) else set()
    parts, own, outer = list(ast.iter_child_nodes(node)), set(), []
    if isinstance(node, ast.AugAssign):
        return read(node.value) | {*bound(node.target)}
    if isinstance(node, FUNCTIONS):
        own = {part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg)}
        own = own.union(*map(bound, parts))
        outer = [node.args, *getattr(node, "decorator_list", [])]
    elif isinstance(node, COMPREHENSIONS):
        own = {name for each in node.generators for name in bound(each.target)}
    elif isinstance(node, ast.For):
        own, outer = {*bound(node.target)}, [node.iter]
    return set().union(*map(read, parts)) - own | set().union(*map(read, outer))
