"""Halo's item in the tray, as the desktop's own tray host has it on the session bus."""

import json

WATCHER = ("org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher", "org.kde.StatusNotifierWatcher")
ITEM = "org.kde.StatusNotifierItem"


def _ask(person, *arguments):
    code, said = person.run("busctl", "--user", "--json=short", "--", *arguments)
    return json.loads(said)["data"] if code == 0 else None


def item(person):
    """The bus name and path of Halo's item among those that the host knows; None if it knows none."""
    for entry in _ask(person, "get-property", *WATCHER, "RegisteredStatusNotifierItems") or []:
        # Hosts write `name/path` or `name@/path`.
        name, _, path = entry.replace("@", "").partition("/")
        if _ask(person, "get-property", name, "/" + path, ITEM, "Id") == "halo":
            return name, "/" + path
    return None


def tooltip(person):
    """Its first line and the rest."""
    _, _, title, text = _ask(person, "get-property", *item(person), ITEM, "ToolTip")
    return title, text


def menu(person):
    """The words of every row; none where no host has it."""
    found = item(person)
    if not found:
        return []
    name, path = found
    menu_path = _ask(person, "get-property", name, path, ITEM, "Menu")
    answer = _ask(person, "call", name, menu_path, "com.canonical.dbusmenu", "GetLayout", "iias", "0", "-1", "0")
    labels = []

    def walk(row):
        _, properties, children = row
        if "label" in properties:
            labels.append(properties["label"]["data"].replace("_", ""))
        for child in children:
            walk(child["data"])

    if answer:
        walk(answer[1])
    return labels
