# SPDX-License-Identifier: Apache-2.0

"""A map of path keywords and a request in, the rule that decides out."""

from cadf_audit.audit_map.ini import Sections
from cadf_audit.audit_map.inspection.verdict import DEFAULT
from cadf_audit.audit_map.inspection.verdict import EXPLICIT
from cadf_audit.audit_map.inspection.verdict import NOTHING
from cadf_audit.audit_map.inspection.verdict import Rule
from cadf_audit.audit_map.inspection.verdict import Verdict
from cadf_audit.audit_map.keywords import KeywordMap
from cadf_audit.middleware.request import Request

# What a body makes of an action, before anybody has seen the body.
_NAMED_BY_BODY = 'update'
_BODY = Rule('named by the body')


class KeywordJudge:
    """Names the rules of a map of path keywords that decide.

    :param audit_map: the map
    :param sections: the map as it is written
    """

    def __init__(self, audit_map: KeywordMap, sections: Sections) -> None:
        self.map = audit_map
        self.sections = sections
        self._lines = {
            (section, key): entry.line
            for section, what in sections.items()
            for entry in what.entries
            for key in (entry.key, entry.key.lower())
        }
        endpoints = list(audit_map.service_endpoints)
        self._service = (
            audit_map.only_service
            or audit_map.target_endpoint_type
            or (endpoints[0] if endpoints else '')
        )

    def judge(self, method: str, path: str) -> Verdict:
        """Return what the map says of a request.

        :param method: the HTTP method
        :param path: its path, decoded
        """
        segments = segments_of(path)
        by, rule = self._decide(method, segments)
        return Verdict(
            by,
            self.map.action(method, segments, lambda: _NAMED_BY_BODY),
            self.map.type_uri(self._service, segments),
            rule,
        )

    def steps(self, method: str, segments: list[str]) -> list[tuple[str, str]]:
        """Return what each segment of a path means.

        :param method: the HTTP method
        :param segments: the path
        """
        steps = []
        id_name = ''
        for segment in segments:
            if segment in self.map.keywords:
                id_name = self.map.keywords[segment]
                what = f'an id of {id_name}' if id_name else 'no id'
                line = self._line('path_keywords', segment)
                meaning = f'keyword, line {line}: {what} follows'
            elif id_name:
                meaning, id_name = f'id of {id_name}', ''
            else:
                meaning = 'no keyword: it says nothing'
            steps.append((segment, meaning))
        by, rule = self._decide(method, segments)
        if by != EXPLICIT:
            steps.append((method, 'by the method alone'))
        elif rule == _BODY:
            steps.append((method, 'the body names the action'))
        else:
            steps.append((method, f'by {rule.text}, line {rule.line}'))
        return steps

    def rule(self, method: str, segments: list[str]) -> Rule:
        """Return the rule that decides about a request."""
        return self._decide(method, segments)[1]

    def _decide(self, method: str, segments: list[str]) -> tuple[str, Rule]:
        ending = segments[-1] if segments else ''
        for key in (f'{ending}/{method.lower()}', ending):
            if key in self.map.custom_actions:
                return EXPLICIT, self._rule('custom_actions', key)
        if method == 'POST' and ending == 'action':
            return EXPLICIT, _BODY
        keyword = id_name = ''
        for segment in segments[:-1]:
            if segment in self.map.keywords:
                keyword, id_name = segment, self.map.keywords[segment]
            else:
                id_name = ''
        if ending in self.map.keywords:
            return EXPLICIT, self._rule('path_keywords', ending)
        if keyword and id_name:
            return EXPLICIT, self._rule('path_keywords', keyword)
        if keyword:
            return DEFAULT, self._rule('path_keywords', keyword)
        return NOTHING, Rule()

    def _rule(self, section: str, key: str) -> Rule:
        return Rule(f'[{section}] {key}', self._line(section, key))

    def _line(self, section: str, key: str) -> int | None:
        line = self._lines.get((section, key))
        if line is None and '/' in key:
            # The case of a method does not matter.
            name, _, method = key.rpartition('/')
            line = self._lines.get((section, f'{name}/{method.upper()}'))
        return line


def segments_of(path: str) -> list[str]:
    """Return a path as the filter takes it apart.

    :param path: the path, decoded
    """
    wire = path.encode('utf-8', 'replace').decode('latin-1')
    return Request({'PATH_INFO': wire}).segments
