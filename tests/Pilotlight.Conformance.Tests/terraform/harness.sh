#!/usr/bin/env bash
# What the Terraform suites have in common; each sources this, defines its test_… functions and ends with `run_suite "$@"`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
endpoint=${PILOTLIGHT_ENDPOINT:-http://127.0.0.1:4566}
plugins=${PILOTLIGHT_TERRAFORM_PLUGINS:-/opt/tf-plugins}

fail() { echo "FAILED: $*" >&2; exit 1; }
skip() { echo "SKIP $*"; exit 0; }

start() {
    command -v terraform >/dev/null || skip "terraform is not installed"
    [ -d "$plugins/registry.terraform.io/hashicorp/aws" ] || skip "the AWS provider is not in $plugins (PILOTLIGHT_TERRAFORM_PLUGINS)"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    cp "$here/$1" "$work/main.tf"
    printf 'provider_installation {\n  filesystem_mirror {\n    path = "%s"\n  }\n  direct {\n    exclude = ["*/*"]\n  }\n}\n' "$plugins" >"$work/rc"
    export TF_CLI_CONFIG_FILE=$work/rc TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1 TF_VAR_endpoint=$endpoint TF_VAR_prefix=tf-$RANDOM$RANDOM
    # Each command loads the provider's schema anew, and a third of that is the collection of garbage.
    export AWS_EC2_METADATA_DISABLED=true GOGC=400
    cd "$work"
    terraform init -input=false -no-color >init.log 2>&1 || { cat init.log >&2; fail "terraform init"; }
}

apply() { terraform apply -input=false -auto-approve -no-color "$@" >apply.log 2>&1 || { tail -60 apply.log >&2; fail "terraform apply $*"; }; }

empty_plan() {
    local code=0
    terraform plan -input=false -no-color -detailed-exitcode "$@" >plan.log 2>&1 || code=$?
    [ $code = 0 ] || { grep -vE 'Refreshing|Reading|Read complete' plan.log >&2; fail "the plan $* is not empty"; }
}

destroy() {
    terraform destroy -input=false -auto-approve -no-color "$@" >destroy.log 2>&1 || { tail -60 destroy.log >&2; fail "terraform destroy $*"; }
    [ -z "$(terraform state list)" ] || fail "something is left: $(terraform state list)"
}

# `--list` names the tests, NAME runs one.
run_suite() {
    case ${1:-} in
        --list) declare -F | sed -n 's/^declare -f test_//p' ;;
        *) "test_$1" ;;
    esac
}
