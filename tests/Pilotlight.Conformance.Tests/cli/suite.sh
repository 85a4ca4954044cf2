#!/usr/bin/env bash
# The AWS CLI as a user types it. `suite.sh --list` names the tests, `suite.sh NAME` runs one.
set -euo pipefail
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 AWS_PAGER= AWS_EC2_METADATA_DISABLED=true
export AWS_CLI_AUTO_PROMPT=off AWS_MAX_ATTEMPTS=1
endpoint=${PILOTLIGHT_ENDPOINT:-http://127.0.0.1:4566}
role=arn:aws:iam::000000000000:role/conformance
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fn=cli-$RANDOM$RANDOM

aws() { command "${PILOTLIGHT_AWS:-/usr/bin/aws}" --endpoint-url "$endpoint" "$@"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
equal() { [ "$1" = "$2" ] || fail "expected '$1', got '$2'"; }
has() { case $2 in *"$1"*) ;; *) fail "'$1' is not in: $2" ;; esac; }

# An execution role as a user makes one; another test may have made it.
make_role() {
    aws iam create-role --role-name conformance --assume-role-policy-document \
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}' \
        >/dev/null 2>&1 || aws iam get-role --role-name conformance >/dev/null
    for policy in AWSLambdaBasicExecutionRole AWSLambdaRole; do
        aws iam attach-role-policy --role-name conformance --policy-arn "arn:aws:iam::aws:policy/service-role/$policy"
    done
}

create() {
    make_role
    printf 'def handler(event, context):\n    print("handling", event)\n    return {"got": event}\n' >"$work/app.py"
    (cd "$work" && python3 -m zipfile -c app.zip app.py)
    aws lambda create-function --function-name "$fn" --runtime python3.11 --handler app.handler --role $role --zip-file "fileb://$work/app.zip" "$@" >"$work/created.json"
    aws lambda wait function-active-v2 --function-name "$fn"
}

invoke() { aws lambda invoke --function-name "$fn" --cli-binary-format raw-in-base64-out "$@" "$work/answer.json"; }

test_roles_users_and_sessions() {
    local trust='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"sts:AssumeRole"}]}'
    local arn keys
    arn=$(aws iam create-role --role-name "$fn" --assume-role-policy-document "$trust" --query Role.Arn --output text)
    equal "arn:aws:iam::000000000000:role/$fn" "$arn"
    aws iam wait role-exists --role-name "$fn"
    aws iam attach-role-policy --role-name "$fn" --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess
    equal ReadOnlyAccess "$(aws iam list-attached-role-policies --role-name "$fn" --query 'AttachedPolicies[].PolicyName' --output text)"
    keys=$(aws sts assume-role --role-arn "$arn" --role-session-name night --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)
    read -r id secret token <<<"$keys"
    has "assumed-role/$fn/night" "$(AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret AWS_SESSION_TOKEN=$token aws sts get-caller-identity)"
    has 'AccessDenied' "$(AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret AWS_SESSION_TOKEN=$token aws iam create-user --user-name "$fn" 2>&1 || true)"
    has 'must detach all policies first' "$(aws iam delete-role --role-name "$fn" 2>&1 || true)"
    aws iam detach-role-policy --role-name "$fn" --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess
    aws iam delete-role --role-name "$fn"
    aws iam create-user --user-name "$fn" >/dev/null
    has AKIA "$(aws iam create-access-key --user-name "$fn" --query AccessKey.AccessKeyId --output text)"
    aws iam delete-access-key --user-name "$fn" --access-key-id "$(aws iam list-access-keys --user-name "$fn" --query 'AccessKeyMetadata[0].AccessKeyId' --output text)"
    aws iam delete-user --user-name "$fn"
    has 'Lambda' "$(aws iam list-policies --scope AWS --query 'Policies[].PolicyName' --output text)"
}

test_create_invoke_update_delete() {
    create --timeout 10
    has '"StatusCode": 200' "$(invoke --payload '{"a": 1}')"
    equal '{"got": {"a": 1}}' "$(cat "$work/answer.json")"
    printf 'def handler(event, context):\n    return "new"\n' >"$work/app.py"
    (cd "$work" && python3 -m zipfile -c app.zip app.py)
    aws lambda update-function-code --function-name "$fn" --zip-file "fileb://$work/app.zip" >/dev/null
    aws lambda wait function-updated-v2 --function-name "$fn"
    invoke --payload '{}' >/dev/null
    equal '"new"' "$(cat "$work/answer.json")"
    aws lambda update-function-configuration --function-name "$fn" --memory-size 256 --environment 'Variables={AA=1}' >/dev/null
    aws lambda wait function-updated-v2 --function-name "$fn"
    equal 256 "$(aws lambda get-function-configuration --function-name "$fn" --query MemorySize --output text)"
    aws lambda delete-function --function-name "$fn"
    has 'ResourceNotFoundException' "$(aws lambda get-function --function-name "$fn" 2>&1 || true)"
}

test_list_and_tags_and_account() {
    create --tags a=1
    has "\"$fn\"" "$(aws lambda list-functions --query 'Functions[].FunctionName')"
    arn=$(aws lambda get-function --function-name "$fn" --query Configuration.FunctionArn --output text)
    aws lambda tag-resource --resource "$arn" --tags b=2
    aws lambda untag-resource --resource "$arn" --tag-keys a
    equal '{"b":"2"}' "$(aws lambda list-tags --resource "$arn" --query Tags --output json | tr -d ' \n')"
    equal '$LATEST' "$(aws lambda list-versions-by-function --function-name "$fn" --query 'Versions[].Version' --output text)"
    equal 1000 "$(aws lambda get-account-settings --query AccountLimit.ConcurrentExecutions --output text)"
    aws lambda delete-function --function-name "$fn"
}

test_log_tail_and_dry_run() {
    create
    has '"StatusCode": 204' "$(invoke --invocation-type DryRun)"
    has '"StatusCode": 202' "$(invoke --invocation-type Event --payload '{}')"
    location=$(aws lambda get-function --function-name "$fn" --query Code.Location --output text)
    python3 -c 'import sys, urllib.request; sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[1]).read())' "$location" >"$work/code.zip"
    cmp "$work/app.zip" "$work/code.zip" || fail "the code that was downloaded is another"
    tail=$(invoke --payload '{}' --log-type Tail --query LogResult --output text | base64 -d)
    has 'START RequestId: ' "$tail"
    has 'handling {}' "$tail"
    has 'REPORT RequestId: ' "$tail"
    aws lambda delete-function --function-name "$fn"
}

test_logs_tail_follows() {
    create
    invoke --payload '"first"' >/dev/null
    # Not through the function: kill would end the subshell that runs it and leave the CLI behind.
    PYTHONUNBUFFERED=1 "${PILOTLIGHT_AWS:-/usr/bin/aws}" --endpoint-url "$endpoint" logs tail "/aws/lambda/$fn" --follow >"$work/tail.txt" &
    local tail=$!
    for _ in $(seq 100); do grep -q 'handling first' "$work/tail.txt" && break; sleep 0.2; done
    invoke --payload '"second"' >/dev/null
    for _ in $(seq 150); do grep -q 'handling second' "$work/tail.txt" && break; sleep 0.2; done
    kill $tail; wait $tail 2>/dev/null || true
    has 'handling first' "$(cat "$work/tail.txt")"
    has 'handling second' "$(cat "$work/tail.txt")"
    has "/aws/lambda/$fn" "$(aws logs describe-log-groups --query 'logGroups[].logGroupName' --output text)"
    aws logs delete-log-group --log-group-name "/aws/lambda/$fn"
    aws lambda delete-function --function-name "$fn"
}

test_logs_groups() {
    aws logs create-log-group --log-group-name "/cli/$fn"
    aws logs put-retention-policy --log-group-name "/cli/$fn" --retention-in-days 1
    aws logs create-log-stream --log-group-name "/cli/$fn" --log-stream-name s
    aws logs put-log-events --log-group-name "/cli/$fn" --log-stream-name s --log-events "timestamp=$(date +%s)000,message=hello" >/dev/null
    equal hello "$(aws logs get-log-events --log-group-name "/cli/$fn" --log-stream-name s --query 'events[].message' --output text)"
    equal hello "$(aws logs filter-log-events --log-group-name "/cli/$fn" --filter-pattern hello --query 'events[].message' --output text)"
    equal s "$(aws logs describe-log-streams --log-group-name "/cli/$fn" --query 'logStreams[].logStreamName' --output text)"
    aws logs tag-log-group --log-group-name "/cli/$fn" --tags a=1,b=2
    aws logs untag-log-group --log-group-name "/cli/$fn" --tags a
    equal '{"b":"2"}' "$(aws logs list-tags-log-group --log-group-name "/cli/$fn" --query tags --output json | tr -d ' \n')"
    aws logs delete-log-group --log-group-name "/cli/$fn"
}

test_caller_identity() { equal 000000000000 "$(aws sts get-caller-identity --query Account --output text)"; }

if [ "${1:-}" = --list ]; then
    declare -F | sed -n 's/^declare -f \(test_.*\)/\1/p'
else
    "$1"
fi
