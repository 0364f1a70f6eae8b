# SPDX-License-Identifier: Apache-2.0

"""A spool that cannot record in, what becomes of the request out."""

import json
import logging
import shutil

import pytest

from cadf_audit.delivery import NotRecorded
from cadf_audit.middleware.wsgi import AuditFilter
from tests.harness import answer
from tests.harness import audited
from tests.harness import call
from tests.harness import environ


class Application:
    """Counts how often it ran."""

    def __init__(self):
        self.runs = 0

    def __call__(self, environ, start_response):
        """Answer."""
        self.runs += 1
        return answer()(environ, start_response)


def broken_spool(tmp_path, app, **options):
    """Return a filter whose spool has gone since it was started."""
    audit_filter = audited(
        app,
        use_oslo_messaging=True,
        spool_dir=str(tmp_path / 'spool'),
        forwarder='none',
        **options,
    )
    shutil.rmtree(tmp_path / 'spool')
    return audit_filter


@pytest.mark.parametrize('method', ['GET', 'POST', 'DELETE'])
def test_deny_refuses_what_cannot_be_recorded(tmp_path, method):
    """The client gets 503 with Retry-After and JSON; nothing runs."""
    app = Application()
    denying = broken_spool(tmp_path, app, on_failure='deny')

    response = call(denying, environ(method))

    assert '503 Service Unavailable' == response.status
    headers = dict(response.headers)
    assert '5' == headers['Retry-After']
    assert 'application/json' == headers['Content-Type']
    assert str(len(response.body)) == headers['Content-Length']
    assert 503 == json.loads(response.body)['error']['code']
    assert 0 == app.runs


def test_refusal_of_head_has_no_body(tmp_path):
    """HEAD is refused with the headers that GET would have had."""
    denying = broken_spool(tmp_path, None, on_failure='deny')

    get = call(denying, environ('GET'))
    head = call(denying, environ('HEAD'))

    assert (get.status, get.headers, b'') == (
        head.status,
        head.headers,
        head.body,
    )


def test_deny_leaves_alone_what_is_not_audited(tmp_path):
    """Health checks are answered by the application all the same."""
    app = Application()
    denying = broken_spool(
        tmp_path,
        app,
        on_failure='deny',
        ignore_path_list='/healthcheck',
        ignore_req_list='OPTIONS',
    )

    answers = [
        call(denying, environ('GET', '/healthcheck')).status,
        call(denying, environ('OPTIONS', '/servers')).status,
    ]

    assert ['200 OK'] * 2 == answers
    assert 2 == app.runs


def test_allow_lets_the_request_go_on(tmp_path, caplog):
    """A loss is said once in a burst, without anything of the request."""
    app = Application()
    allowing = broken_spool(tmp_path, app)

    with caplog.at_level(logging.DEBUG):
        for number in range(5):
            response = call(
                allowing, environ('POST', f'/canary{number}', b'{}')
            )

    assert ('200 OK', b'ok') == (response.status, response.body)
    assert 5 == app.runs
    assert 1 == caplog.text.count('takes no events')
    assert 'canary' not in caplog.text


@pytest.mark.parametrize('exception', [NotRecorded, RuntimeError])
def test_deny_refuses_whatever_went_wrong(exception):
    """No error of ours lets a request run that was not recorded."""

    class Delivery:
        def send(self, event_type, event):
            raise exception

    app = Application()
    denying = audited(app)
    inner = denying._audited
    refusing = AuditFilter(
        app,
        inner._skips,
        inner._builder,
        Delivery(),
        inner._faults,
        inner._body_limit,
        deny=True,
    )

    response = call(refusing, environ())

    assert '503 Service Unavailable' == response.status
    assert 0 == app.runs


def test_recorded_request_is_not_refused(tmp_path):
    """With deny a request that is recorded is answered as ever."""
    app = Application()
    denying = audited(
        app,
        use_oslo_messaging=True,
        spool_dir=str(tmp_path / 'spool'),
        forwarder='none',
        on_failure='deny',
    )

    response = call(denying, environ())

    assert ('200 OK', 1) == (response.status, app.runs)
