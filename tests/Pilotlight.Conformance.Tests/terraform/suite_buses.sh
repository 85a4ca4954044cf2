#!/usr/bin/env bash
# EventBridge and Scheduler as Terraform uses them. `suite_buses.sh --list` names the tests, `suite_buses.sh NAME` runs one.
source "$(dirname "$0")/harness.sh"

test_applied_planned_changed_and_destroyed() {
    start buses.tf
    apply
    empty_plan
    local change=(-var description=second -var 'rate=rate(1 hour)' -var state=DISABLED)
    apply "${change[@]}"
    empty_plan "${change[@]}"
    destroy "${change[@]}"
}

run_suite "$@"
