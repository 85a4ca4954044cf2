#!/usr/bin/env bash
# SNS as Terraform uses it. `suite_topics.sh --list` names the tests, `suite_topics.sh NAME` runs one.
source "$(dirname "$0")/harness.sh"

test_applied_planned_changed_and_destroyed() {
    start topics.tf
    apply
    empty_plan
    local change=(-var display=second -var filter=refund)
    apply "${change[@]}"
    empty_plan "${change[@]}"
    destroy "${change[@]}"
}

run_suite "$@"
