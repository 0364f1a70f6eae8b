# SPDX-License-Identifier: Apache-2.0

"""What is recorded of a request: a policy and a request in, a level out.

A policy is a list of rules, of which the first one that matches decides. What
no rule matches is recorded as it would be without a policy.
"""
