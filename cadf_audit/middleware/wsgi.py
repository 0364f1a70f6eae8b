# SPDX-License-Identifier: Apache-2.0

"""The WSGI callable: a request in, the application's answer out.

Plain WSGI (PEP 3333), because the convenience of WebOb's ``wsgify`` has a
price that the client pays: it drains an application that is a generator
before the first chunk is sent, and it changes error responses.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cadf_audit.delivery import Delivery
from cadf_audit.delivery import NotRecorded
from cadf_audit.middleware.asked import PolicyJudge
from cadf_audit.middleware.event import EventBuilder
from cadf_audit.middleware.faults import Faults
from cadf_audit.middleware.interaction import Interaction
from cadf_audit.middleware.policy_change import PolicyChange
from cadf_audit.middleware.refusal import refuse
from cadf_audit.middleware.request import Environ
from cadf_audit.middleware.request import Request
from cadf_audit.middleware.skip import SkipRules
from cadf_audit.policy.level import Level

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse
    from _typeshed.wsgi import WSGIApplication


class AuditFilter:
    """Turn each HTTP interaction into two CADF events.

    The request is never altered or failed by auditing: an error while an
    event is built or sent is logged and counted, and the request goes on,
    unless the operator wants it refused.

    :param app: the WSGI application to audit
    :param skips: which requests are not audited
    :param builder: makes the events
    :param delivery: where they go
    :param faults: where errors of ours are counted
    :param body_limit: how many bytes of a body are kept, where the audit map
        has a use for them
    :param deny: whether a request that cannot be recorded is refused
    :param policy: says how much of a request is recorded; None for the same
        of each
    :param change: tells of a policy that was not there before
    """

    def __init__(
        self,
        app: 'WSGIApplication',
        skips: SkipRules,
        builder: EventBuilder,
        delivery: Delivery,
        faults: Faults,
        body_limit: int,
        deny: bool = False,
        policy: PolicyJudge | None = None,
        change: PolicyChange | None = None,
    ) -> None:
        self._app = app
        self._skips = skips
        self._builder = builder
        self._delivery = delivery
        self._faults = faults
        self._body_limit = body_limit
        self._deny = deny
        self._policy = policy
        self._change = change

    def __call__(
        self, environ: Environ, start_response: 'StartResponse'
    ) -> Iterable[bytes]:
        """Handle one request as PEP 3333 says."""
        if self._change is not None:
            # First: no rule, and no request, is left out of that.
            self._tell(self._change)
        if self._skips.match(environ):
            return self._app(environ, start_response)
        request = Request(environ)
        meaning = self._builder.interpret(request)
        if not meaning.audited:
            return self._app(environ, start_response)
        level = Level.METADATA
        if self._policy is not None:
            level = self._policy.decide(request, meaning).level
            if level is Level.NONE:
                return self._app(environ, start_response)
        interaction = Interaction(
            request,
            meaning,
            start_response,
            self._builder,
            self._delivery,
            self._body_limit,
            self._faults,
            level,
        )
        try:
            recorded = interaction.begin()
            # The interaction sees a refusal as well: where the disk took the
            # pending event and could not sync it, there is a final one.
            app = refuse if self._deny and not recorded else self._app
            body = app(environ, interaction.start_response)
        except BaseException:
            interaction.failed()
            raise
        return interaction.follow(body)

    def _tell(self, change: PolicyChange) -> None:
        try:
            change.tell()
        except NotRecorded:
            return
        except Exception:
            self._faults.report('tell of the policy', 'start', '')
        if change.told:
            self._change = None
