#!/usr/bin/env bash
# HTTP APIs as Terraform makes them. `suite_http_apis.sh --list` names the tests, `suite_http_apis.sh NAME` runs one.
source "$(dirname "$0")/harness.sh"

answers() { [ "$(curl -s -m 60 "$(terraform output -raw endpoint)$1")" = "$2" ] || fail "$1 answers $(curl -s -m 60 "$(terraform output -raw endpoint)$1")"; }

test_applied_planned_changed_and_destroyed() {
    start http_apis.tf
    echo 'def handler(event, context): return event["routeKey"]' >app.py && /usr/bin/python3 -m zipfile -c code.zip app.py
    apply
    empty_plan
    answers /pets "GET /pets"
    apply -var edition=2
    empty_plan -var edition=2
    answers /pets/1 "GET /pets/{id}"
    answers /pets '{"message":"Not Found"}'
    destroy -var edition=2
}

run_suite "$@"
