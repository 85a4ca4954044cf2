#!/usr/bin/env bash
# SQS as Terraform uses it. `suite_queues.sh --list` names the tests, `suite_queues.sh NAME` runs one.
source "$(dirname "$0")/harness.sh"

test_applied_planned_changed_and_destroyed() {
    start queues.tf
    apply
    empty_plan
    local change=(-var delay=5 -var receives=4)
    apply "${change[@]}"
    empty_plan "${change[@]}"
    destroy "${change[@]}"
}

run_suite "$@"
