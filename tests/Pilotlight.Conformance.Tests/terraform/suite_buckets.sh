#!/usr/bin/env bash
# S3 as Terraform uses it. `suite_buckets.sh --list` names the tests, `suite_buckets.sh NAME` runs one.
source "$(dirname "$0")/harness.sh"

test_applied_planned_changed_and_destroyed() {
    start buckets.tf
    echo 'def handler(event, context): return event' >app.py
    /usr/bin/python3 -m zipfile -c code.zip app.py
    apply
    empty_plan
    apply -var edition=2
    empty_plan -var edition=2
    destroy -var edition=2
}

run_suite "$@"
