# SPDX-License-Identifier: Apache-2.0

"""A map of path keywords in, a row for each kind of request out.

Keywords may stand anywhere in a path; each is listed by itself.
"""

from collections.abc import Iterator

from cadf_audit.audit_map.inspection.examples import Examples
from cadf_audit.audit_map.inspection.keyword_verdicts import KeywordJudge
from cadf_audit.audit_map.inspection.listed import ANY_METHOD
from cadf_audit.audit_map.inspection.listed import Listed
from cadf_audit.audit_map.inspection.listed import ON_COLLECTION
from cadf_audit.audit_map.inspection.listed import ON_ELEMENT
from cadf_audit.audit_map.inspection.listed import place_of
from cadf_audit.audit_map.inspection.listed import placeholder
from cadf_audit.audit_map.inspection.routes import Route

# What stands in front of a keyword.
_ANYWHERE = '…'


def keyword_rows(judge: KeywordJudge) -> Iterator[Listed]:
    """Yield the kinds of requests that the map tells apart.

    :param judge: says what the map makes of a request
    """
    sections = judge.sections
    examples = Examples(judge.map)
    if 'path_keywords' in sections:
        for entry in sections['path_keywords'].entries:
            yield from _of_keyword(judge, examples, entry.key)
    if 'custom_actions' in sections:
        for entry in sections['custom_actions'].entries:
            yield _of_action(judge, entry.key)


def _of_keyword(
    judge: KeywordJudge, examples: Examples, keyword: str
) -> Iterator[Listed]:
    name = placeholder(judge.map.keywords[keyword])
    route, element = f'/{keyword}', f'/{keyword}/{{{name}}}'
    actions = judge.map.custom_actions
    for methods, form, ids in (
        (ON_COLLECTION, route, ()),
        (ON_ELEMENT if name else (), element, (name,)),
    ):
        for method in sorted(methods, key=place_of):
            if form == route and (
                keyword in actions or f'{keyword}/{method.lower()}' in actions
            ):
                # It has a row as an action.
                continue
            path = examples.path(Route(method, form))
            verdict = judge.judge(method, path)
            yield Listed(
                method,
                f'{_ANYWHERE}{form}',
                ids,
                verdict.action,
                verdict.type_uri,
            )


def _of_action(judge: KeywordJudge, key: str) -> Listed:
    ending, _, method = key.partition('/')
    verdict = judge.judge(method.upper() or 'POST', f'/{ending}')
    return Listed(
        method.upper() or ANY_METHOD,
        f'{_ANYWHERE}/{ending}',
        (),
        verdict.action,
        verdict.type_uri,
    )
