"""The OpenAPI description and the service agree, whatever is sent."""

import pytest


def test_every_operation_has_a_short_name_and_documents_its_errors(shared):
    told = shared.get("/openapi.json").json()
    names = []
    for path, methods in told["paths"].items():
        for operation in methods.values():
            names.append(operation["operationId"])
            if path.startswith("/v1"):
                assert {"401", "422", "429"} <= set(operation["responses"]), path
                assert operation["summary"]
    assert len(names) == len(set(names)) and max(map(len, names)) <= 24
    assert "/workspaces/{workspace}/v1/chat" not in told["paths"]
    assert "Problem" in told["components"]["schemas"] and told["components"]["securitySchemes"]


@pytest.mark.slow
def test_nothing_that_can_be_sent_is_answered_by_a_server_error_or_undocumented(shared):
    import hypothesis
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        response_schema_conformance,
        status_code_conformance,
    )

    schema = schemathesis.openapi.from_url(str(shared.base_url.join("/openapi.json")))
    told = hypothesis.settings(
        max_examples=15,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    )
    checks = [
        not_a_server_error,
        status_code_conformance,
        response_schema_conformance,
    ]
    for found in schema.get_all_operations():
        operation = found.ok()

        @told
        @hypothesis.given(case=operation.as_strategy())
        def each(case):
            case.call_and_validate(checks=checks, timeout=30)

        each()
