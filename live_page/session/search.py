"""Finds people by the values in a row of the list. Their strings are cached, so a search reads only those that changed."""

from __future__ import annotations

from simulator.directory.directory import Directory, DirectoryUser

SEARCHED = ("displayName", "userPrincipalName", "department", "jobTitle", "physicalDeliveryOfficeName", "employeeId")


class SearchIndex:
    """The searchable strings of one directory's people, in the order in which they joined."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._texts: dict[str, str] = {}
        self._read = 0  # number of the latest directory change that the strings contain
        self._catch_up()

    def find(self, words: list[str]) -> list[DirectoryUser]:
        """The people whose text contains every word; the words are case-folded."""
        users = self._directory.users
        if not words:
            return list(users.values())
        self._catch_up()
        found = [id_ for id_, text in self._texts.items() if all(word in text for word in words)]
        return [user for id_ in found if (user := users.get(id_)) is not None]

    def _catch_up(self) -> None:
        changes = self._directory.log.since(self._read)
        self._read += len(changes)
        for object_id in dict.fromkeys(change.object_id for change in changes if change.kind == "user"):
            user = self._directory.users.get(object_id)
            if user is None:
                self._texts.pop(object_id, None)
            else:
                values = (str(user.attributes.get(name) or "") for name in SEARCHED)
                self._texts[object_id] = "\n".join(values).casefold()
