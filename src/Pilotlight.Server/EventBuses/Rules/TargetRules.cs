using System.Collections.Immutable;
using System.Text.Json;
using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>What a target must be like.</summary>
static class TargetRules
{
    public static AwsError? Refuse(RuleTarget target, AwsRequest request)
    {
        if (target.Arn.Split(':', 6) is not ["arn", { Length: > 0 }, { Length: > 0 } service, _, _, { Length: > 0 }])
            return BusErrors.Invalid(target.Arn, "Provided Arn is not in correct format.");
        if ((target.Input is null ? 0 : 1) + (target.InputPath is null ? 0 : 1) + (target.InputTransformer is null ? 0 : 1) > 1)
            return AwsError.Validation($"Only one of Input, InputPath, or InputTransformer must be provided for target {target.Id}.");
        if (RefuseInput(target) is { } refused)
            return refused;
        if (service == "sqs" && target.Arn.EndsWith(".fifo", StringComparison.Ordinal) && string.IsNullOrEmpty(target.SqsParameters?.MessageGroupId))
            return AwsError.Validation($"Parameter(s) SqsParameters must be specified for target: {target.Id}.");
        var needsRole = service is "kinesis" or "firehose" or "states" or "ecs" or "batch" or "codebuild" or "codepipeline" or "ssm"
            || (BusName.TryParse(target.Arn) is { } bus && bus.Scope != BusScope.Of(request));
        if (needsRole && string.IsNullOrEmpty(target.RoleArn))
            return AwsError.Validation($"RoleArn is required for target {target.Arn}.");
        if (target.DeadLetterConfig?.Arn is { } queue && (queue.Split(':') is not ["arn", _, "sqs", _, _, _] || queue.EndsWith(".fifo", StringComparison.Ordinal)))
            return BusErrors.Invalid("DeadLetterConfig", "Dead-letter queues must be standard SQS queues.");
        return null;
    }

    static AwsError? RefuseInput(RuleTarget target)
    {
        if (target.Input is { } input && BusEvent.Parse(System.Text.Encoding.UTF8.GetBytes(input)) is null)
            return AwsError.Validation($"JSON syntax error in input for target {target.Id}.");
        if (target.InputPath is { } path && !JsonPath.IsValid(path))
            return AwsError.Validation($"Invalid InputPath for target {target.Id}.");
        if (target.InputTransformer is not { } transformer)
            return null;
        foreach (var (name, at) in transformer.InputPathsMap ?? ImmutableDictionary<string, string>.Empty)
        {
            if (name.StartsWith("aws.", StringComparison.OrdinalIgnoreCase) || !JsonPath.IsValid(at))
                return AwsError.Validation($"Invalid InputPathsMap argument {name} for target {target.Id}.");
        }

        if (InputTemplate.Unknown(transformer) is { } unknown)
            return AwsError.Validation($"InputTemplate for target {target.Id} contains invalid placeholder {unknown}.");
        return InputTemplate.IsJson(transformer.InputTemplate, out var position)
            ? null
            : AwsError.Validation($"Invalid InputTemplate for target {target.Id} : [Source: (String)\"{transformer.InputTemplate}\"; line: 1, column: {position + 1}].");
    }
}
