#!/usr/bin/env bash
# Lambda as Terraform uses it. `suite_lambda.sh --list` names the tests, `suite_lambda.sh NAME` runs one.
source "$(dirname "$0")/harness.sh"

# zip_of FILE NAME LINE: a package of one file.
zip_of() { printf '%s\n' "$3" >"$2" && /usr/bin/python3 -m zipfile -c "$1" "$2" && rm "$2"; }

is() { [ "$(terraform output -raw "$1")" = "$2" ] || fail "$1 is $(terraform output -raw "$1"), not $2"; }

test_applied_planned_changed_and_destroyed() {
    start lambda.tf
    for number in 1 2; do
        zip_of "code$number.zip" app.py "def handler(event, context): return {'code': $number, 'greeting': __import__('os').environ['GREETING']}"
        zip_of "layer$number.zip" shared.txt "layer $number"
    done
    apply
    empty_plan
    is version 1
    is answer '{"code": 1, "greeting": "first"}'
    local change=(-var edition=2 -var description=second -var memory=256)
    apply "${change[@]}"
    empty_plan "${change[@]}"
    is version 2
    is answer '{"code": 2, "greeting": "second"}'
    destroy "${change[@]}"
}

run_suite "$@"
