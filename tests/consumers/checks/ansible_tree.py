"""The Ansible directory: read by Ansible's own programs, and by checks of ours for what they let through.

It must not connect to a host: inventories are listed, playbooks are parsed, nothing is run.
"""

from __future__ import annotations

import functools
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from .core import ANSIBLE, CACHE, HERE, VENV_BIN, Consumer, Unit, digest, environment, files_below, lines, run, scratch

LINT_CONFIG = HERE.parent / "ansible-lint.yml"
PLAIN_LOOKUP = re.compile(r"\{\{|\{%")


def _environment(**more: str) -> dict[str, str]:
    return environment(ANSIBLE_NOCOLOR="1", ANSIBLE_HOME=str(CACHE / "home/.ansible"), ANSIBLE_DEPRECATION_WARNINGS="1", **more)


def _directory(tree: Path) -> Path | None:
    directory = tree / ANSIBLE
    return directory if (directory / "inventory.yml").is_file() else None


def _inputs(directory: Path) -> dict[str, Path]:
    return {str(path.relative_to(directory)): path for path in files_below(directory)}


def _load(path: Path) -> object:
    class Loader(yaml.SafeLoader):
        pass

    for tag in ("!vault", "!unsafe"):
        Loader.add_constructor(tag, lambda loader, node: loader.construct_scalar(node))
    try:
        return yaml.load(path.read_text(), Loader)
    except yaml.YAMLError:
        return None  # Ansible's own words about it are better


def playbooks(directory: Path) -> list[Path]:
    """The files beside the inventory that are lists of plays, or that no parser can read."""
    found = []
    for path in sorted(directory.glob("*.yml")):
        content = _load(path)
        if path.name != "inventory.yml" and (content is None or (isinstance(content, list) and any("hosts" in play or "import_playbook" in play or "ansible.builtin.import_playbook" in play for play in content if isinstance(play, dict)))):
            found.append(path)
    return found


def _said(status: int, *texts: str) -> list[str]:
    """A warning is a failure, whatever the status."""
    said = lines(*texts)
    if status:
        return said or [f"exit status {status}"]
    return said if any("WARNING]" in line for line in said) else []


def _unit(name: str, check, without: tuple[str, ...] = ()):
    """One unit a tree; `without` are the names at the top that the check does not read, so that trees which differ there share it."""

    def collect(tree: Path) -> Iterator[Unit]:
        directory = _directory(tree)
        if directory:
            inputs = {key: path for key, path in _inputs(directory).items() if key.partition("/")[0] not in without}
            yield Unit(f"{ANSIBLE} {name}", inputs, functools.partial(check, directory))

    return collect


def _inventory(directory: Path) -> list[str]:
    status, out, err = run([str(VENV_BIN / "ansible-inventory"), "-i", "inventory.yml", "--list"], cwd=directory, env=_environment())
    if failures := _said(status, err):
        return failures
    listed = json.loads(out)
    # A host that is in no group of its own is one that no play names.
    return [] if listed.get("_meta", {}).get("hostvars") else ["the inventory lists no host"]


def _syntax(directory: Path) -> list[str]:
    names = [path.name for path in playbooks(directory)]
    if not names:
        return ["no playbook beside the inventory"]
    env = _environment(ANSIBLE_HOST_PATTERN_MISMATCH="error")
    status, out, err = run([str(VENV_BIN / "ansible-playbook"), "-i", "inventory.yml", "--syntax-check", *names], cwd=directory, env=env)
    return _said(status, err, out)


# ansible-lint parses playbooks against localhost, and knows no file that a task copies.
LINT_WITHOUT = ("files", "inventory.yml")


def _lint(directory: Path) -> list[str]:
    # ansible-lint takes the nearest repository for its project; a copy is one, with nothing else in it.
    with scratch() as copy:
        project = copy / "ansible"
        shutil.copytree(directory, project, ignore=lambda at, names: set(LINT_WITHOUT) & set(names) if Path(at) == directory else set())
        for path in project.rglob("*"):
            path.chmod(0o755 if path.is_dir() or path.suffix == ".sh" else 0o644)
        command = [str(VENV_BIN / "ansible-lint"), "--offline", "--nocolor", "-p", "--strict", "-c", str(LINT_CONFIG), "--project-dir", str(project)]
        names = [path.name for path in playbooks(directory)]
        roles = [f"roles/{path.name}" for path in sorted((directory / "roles").glob("*")) if path.is_dir()]
        # A whole tree takes more than a minute of one core, and cores are shared.
        status, out, err = run([*command, *names, *roles], cwd=project, env=_environment(), timeout=900)
        if status:
            return [line.replace(f"{project}/", "") for line in lines(out, err)]
        return [line for line in lines(err) if "WARNING]" in line]


@dataclass
class Task:
    """One task, with the role that it is in (None in a play) and the file it is written in."""

    body: dict
    role: Path | None
    file: Path
    module: str
    arguments: object

    @property
    def place(self) -> str:
        return f"{self.file.name if self.role is None else f'roles/{self.role.name}/{self.file.parent.name}/{self.file.name}'}: {self.body.get('name', self.module)}"


@functools.cache
def _keywords() -> frozenset[str]:
    from ansible.playbook.block import Block
    from ansible.playbook.handler import Handler
    from ansible.playbook.task import Task as AnsibleTask

    words = {name for kind in (Block, AnsibleTask, Handler) for name in kind.fattributes}
    return frozenset(words | {"listen", "loop", "local_action"})


def _tasks(content: object, role: Path | None, file: Path) -> Iterator[Task]:
    for body in content if isinstance(content, list) else []:
        if not isinstance(body, dict):
            continue
        for section in ("block", "rescue", "always"):
            yield from _tasks(body.get(section), role, file)
        if "block" in body:
            continue
        action = body.get("action", body.get("local_action"))
        if isinstance(action, dict):
            arguments = dict(action)
            yield Task(body, role, file, str(arguments.pop("module", "")), arguments)
            continue
        for word in body:
            if word not in _keywords() and not word.startswith("with_"):
                arguments = body[word]
                if isinstance(arguments, dict) and isinstance(body.get("args"), dict):
                    arguments = {**body["args"], **arguments}
                yield Task(body, role, file, word, arguments)


def _all_tasks(directory: Path) -> list[Task]:
    """Every task and handler of every role and play, used or not."""
    found: list[Task] = []
    for path in playbooks(directory):
        for play in _load(path) or []:
            if isinstance(play, dict):
                for section in ("pre_tasks", "tasks", "post_tasks", "handlers"):
                    found += _tasks(play.get(section), None, path)
    for role in sorted(path for path in (directory / "roles").glob("*") if path.is_dir()):
        for section in ("tasks", "handlers"):
            for path in sorted((role / section).glob("*.yml")):
                found += _tasks(_load(path), role, path)
    return found


# Modules whose arguments are the user's own names.
FREE_NAMES = {"set_fact", "add_host", "include_vars", "import_playbook"}
FREE_FORM = {"command", "shell", "raw", "script", "meta", "include_tasks", "import_tasks", "include_vars", "import_playbook", "set_fact", "add_host"}


@functools.cache
def _documentation(names: tuple[str, ...]) -> dict[str, dict]:
    """What `ansible-doc -j` says of each module, remembered: it takes seconds."""
    version = run([str(VENV_BIN / "ansible-doc"), "--version"], env=_environment())[1]
    note = CACHE / "ansible-doc" / f"{digest(version, *names)}.json"
    if not note.exists():
        _, out, _ = run([str(VENV_BIN / "ansible-doc"), "-t", "module", "-j", *names], env=_environment())
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(out or "{}")
    return {name: entry.get("doc", {}) for name, entry in json.loads(note.read_text()).items()}


def _parameters(directory: Path) -> list[str]:
    """Ansible looks at a module's parameters only on the host: a misspelt one passes every check before."""
    tasks = _all_tasks(directory)
    names = tuple(sorted({task.module for task in tasks}))
    if not names:
        return []
    documents = _documentation(names)
    failures = []
    for task in tasks:
        document = documents.get(task.module)
        short = task.module.rsplit(".", 1)[-1]
        if document is None:
            failures.append(f"{task.place}: {task.module} is no module of ansible-core")
        elif isinstance(task.arguments, dict):
            if short not in FREE_NAMES:
                failures += [f"{task.place}: {task.module}: {line}" for line in _options(task.arguments, document.get("options", {}), "", short in FREE_FORM)]
        elif isinstance(task.arguments, str) and short not in FREE_FORM:
            failures.append(f"{task.place}: {task.module}: arguments as one string, not as a mapping")
    return failures


def _options(given: dict, options: dict, inside: str, free_form: bool) -> Iterator[str]:
    by_name = {alias: (name, option) for name, option in options.items() for alias in [name, *(option.get("aliases") or [])]}
    for key, value in given.items():
        if key not in by_name:
            if not (free_form and key == "free_form"):
                yield f"no parameter {inside}{key}"
            continue
        option = by_name[key][1]
        if isinstance(value, str) and PLAIN_LOOKUP.search(value):
            continue
        kind, choices = option.get("type", "str"), option.get("choices")
        for item in value if kind == "list" and isinstance(value, list) else [value]:
            if isinstance(item, dict) and option.get("suboptions"):
                yield from _options(item, option["suboptions"], f"{inside}{key}.", False)
            elif choices and item is not None and not (isinstance(item, str) and PLAIN_LOOKUP.search(item)) and item not in choices and str(item) not in map(str, choices):
                yield f"{inside}{key}: {item!r} is none of {', '.join(map(str, choices))}"
        if (kind == "bool" and not isinstance(value, bool)) or (kind == "int" and (isinstance(value, bool) or not re.fullmatch(r"-?\d+", str(value)))):
            yield f"{inside}{key}: {value!r} is no {kind}"
        if kind == "dict" and not isinstance(value, dict):
            yield f"{inside}{key}: {value!r} is no mapping"
    if not free_form:
        present = {by_name[key][0] for key in given if key in by_name}
        for name, option in options.items():
            if option.get("required") and name not in present:
                yield f"{inside}{name} is required"


@dataclass
class Play:
    """A play with everything that runs in it, and the hosts it runs on."""

    name: str
    hosts: list[str]
    variables: dict
    tasks: list[Task]
    handlers: list[Task]
    roles: list[Path]


def _include(task: Task) -> str | None:
    if task.module.rsplit(".", 1)[-1] in ("include_role", "import_role") and isinstance(task.arguments, dict):
        return task.arguments.get("name")
    return None


def _role_names(entries: object) -> list[str]:
    return [entry if isinstance(entry, str) else entry.get("role", entry.get("name", "")) for entry in entries or []]


def _plays(directory: Path) -> Iterator[Play]:
    """Every play, its roles with their dependencies and inclusions followed."""
    for path in playbooks(directory):
        for play in _load(path) or []:
            if not isinstance(play, dict) or "hosts" not in play:
                continue
            tasks = [task for section in ("pre_tasks", "tasks", "post_tasks") for task in _tasks(play.get(section), None, path)]
            handlers = list(_tasks(play.get("handlers"), None, path))
            waiting = _role_names(play.get("roles")) + [name for task in tasks if (name := _include(task))]
            roles: list[Path] = []
            while waiting:
                role = directory / "roles" / waiting.pop(0)
                if role in roles or not role.is_dir():
                    continue
                roles.append(role)
                for file in sorted((role / "tasks").glob("*.yml")):
                    found = list(_tasks(_load(file), role, file))
                    tasks += found
                    waiting += [name for task in found if (name := _include(task))]
                for file in sorted((role / "handlers").glob("*.yml")):
                    handlers += _tasks(_load(file), role, file)
                meta = _load(role / "meta/main.yml") if (role / "meta/main.yml").exists() else None
                waiting += _role_names((meta or {}).get("dependencies"))
            hosts = play["hosts"]
            patterns = hosts if isinstance(hosts, list) else [part.strip() for part in re.split(r"[,:]", str(hosts))]
            yield Play(f"{path.name}: {play.get('name', hosts)}", patterns, play.get("vars") or {}, tasks, handlers, roles)


def _strings(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _handlers(directory: Path) -> list[str]:
    """A `notify` without a handler is found only when the task has changed something, on the host."""
    failures = []
    for play in _plays(directory):
        known = set()
        for handler in play.handlers:
            known |= {str(handler.body.get("name")), *_strings(handler.body.get("listen"))}
            if handler.role is not None:
                known.add(f"{handler.role.name} : {handler.body.get('name')}")
        for task in play.tasks + play.handlers:
            failures += [f"{play.name}: {task.place}: notifies {name!r}, which no handler is called" for name in _strings(task.body.get("notify")) if name not in known]
    return failures


def _sources(directory: Path) -> list[str]:
    """Every `src` of copy and template is a file in the tree, for every host that the task runs on."""
    from ansible.inventory.manager import InventoryManager
    from ansible.parsing.dataloader import DataLoader
    from ansible.template import Templar, trust_as_template
    from ansible.vars.manager import VariableManager

    loader = DataLoader()
    loader.set_basedir(str(directory))
    inventory = InventoryManager(loader=loader, sources=[str(directory / "inventory.yml")])
    variables = VariableManager(loader=loader, inventory=inventory)
    failures = []

    def trusted(value: object) -> object:
        if isinstance(value, str):
            return trust_as_template(value)
        if isinstance(value, list):
            return [trusted(item) for item in value]
        if isinstance(value, dict):
            return {key: trusted(item) for key, item in value.items()}
        return value

    for play in _plays(directory):
        hosts = inventory.get_hosts(":".join(play.hosts))
        for task in play.tasks:
            module = task.module.rsplit(".", 1)[-1]
            if module not in ("copy", "template") or not isinstance(task.arguments, dict) or "src" not in task.arguments or task.arguments.get("remote_src"):
                continue
            for host in hosts:
                known = {}
                for role in play.roles:
                    for part in ("defaults", "vars"):
                        if (role / part / "main.yml").exists():
                            known |= _load(role / part / "main.yml") or {}
                known |= variables.get_vars(host=host) | play.variables | (task.body.get("vars") or {})
                known |= {"playbook_dir": str(directory), "role_path": str(task.role or directory), "inventory_dir": str(directory)}
                templar = Templar(loader=loader, variables=trusted(known))
                where = f"{play.name}: {task.place}: on {host.name}"
                try:
                    looped = task.body.get("loop", task.body.get("with_items", [None]))
                    items = templar.template(trusted(looped))
                    variable = (task.body.get("loop_control") or {}).get("loop_var", "item")
                    for item in items:
                        templar.available_variables = trusted(known | {variable: item})
                        if not _applies(templar, trusted(task.body.get("when", True))):
                            continue
                        source = str(templar.template(trusted(task.arguments["src"])))
                        if not any((base / source).exists() for base in _search(directory, task, module)):
                            failures.append(f"{where}: {source} is not in the tree")
                except Exception as error:  # what cannot be computed here is a fact of the host, which a committed path may not hang on
                    failures.append(f"{where}: src {task.arguments['src']!r} cannot be computed: {' '.join(str(error).split())}")
    return failures


def _applies(templar, when: object) -> bool:
    """Whether a task's conditions hold; one that needs facts of the running host is taken to hold."""
    for condition in when if isinstance(when, list) else [when]:
        if isinstance(condition, bool):
            holds = condition
        else:
            try:
                holds = templar.evaluate_conditional(condition)
            except Exception:
                holds = True
        if not holds:
            return False
    return True


def _search(directory: Path, task: Task, module: str) -> list[Path]:
    """Where Ansible looks for a relative source, in its order."""
    folder = "templates" if module == "template" else "files"
    bases = [task.role, task.file.parent] if task.role else []
    return [place for base in [*bases, directory] for place in (base / folder, base)]


@functools.cache
def _version() -> str:
    """Every package of the venv with its version."""
    marks = sorted(path.name for path in (VENV_BIN.parent / "lib").glob("python3*/site-packages/*.dist-info"))
    return "\n".join(marks) + LINT_CONFIG.read_text()


CONSUMERS = [
    Consumer("ansible-inventory", _unit("inventory", _inventory, ("files", "roles")), ["ansible-inventory"], _version),
    Consumer("ansible-playbook --syntax-check", _unit("playbooks", _syntax, ("files",)), ["ansible-playbook"], _version),
    Consumer("ansible-lint", _unit("lint", _lint, LINT_WITHOUT), ["ansible-lint"], _version),
    Consumer("ansible module parameters", _unit("parameters", _parameters, ("files", "inventory.yml")), ["ansible-doc"], _version),
    Consumer("ansible handlers", _unit("handlers", _handlers, ("files", "inventory.yml")), ["ansible-playbook"], _version),
    Consumer("ansible sources", _unit("sources", _sources), ["ansible-playbook"], _version),
]
