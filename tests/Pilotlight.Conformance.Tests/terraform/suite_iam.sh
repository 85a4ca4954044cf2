#!/usr/bin/env bash
# IAM as Terraform uses it. `suite_iam.sh --list` names the tests, `suite_iam.sh NAME` runs one.
source "$(dirname "$0")/harness.sh"

test_applied_planned_changed_and_destroyed() {
    start iam.tf
    apply
    empty_plan
    local change=(-var action=logs:CreateLogStream -var description=second -var path=/people/)
    apply "${change[@]}"
    empty_plan "${change[@]}"
    destroy "${change[@]}"
}

run_suite "$@"
