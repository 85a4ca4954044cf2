using Pilotlight.Api;
using Pilotlight.Authorization;

namespace Pilotlight.Queues;

static class AddPermission
{
    const int MaxActions = 7;

    static readonly string[] s_actions =
    [
        "*", "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes", "GetQueueUrl",
        "ListDeadLetterSourceQueues", "PurgeQueue",
    ];

    public static async ValueTask<AwsResult> Handle(SqsCall call, TimeProvider time)
    {
        var label = call.Input.Required("Label");
        var accounts = call.Input.Texts("AWSAccountIds", "AWSAccountId");
        var actions = call.Input.Texts("Actions", "ActionName");
        if (!QueueKey.StandardName().IsMatch(label))
            return SqsErrors.InvalidParameter(label, "Label", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.");
        if (accounts.Count == 0)
            return SqsErrors.Missing("AWSAccountId");
        if (actions.Count == 0)
            return SqsErrors.Missing("ActionName");
        if (actions.Count > MaxActions)
            return SqsErrors.OverLimit($"{actions.Count} Actions were found, maximum allowed is {MaxActions}.");
        foreach (var account in accounts)
        {
            if (account.Length != 12 || account.AsSpan().ContainsAnyExceptInRange('0', '9'))
                return SqsErrors.InvalidParameter($"[{account}]", "PrincipalId", "Unable to verify.");
        }

        foreach (var action in actions)
        {
            if (!s_actions.Contains(action))
                return SqsErrors.InvalidParameter($"SQS:{action}", "ActionName", $"Only the queue owner is allowed to invoke this action.");
        }

        await call.Catalog.ChangeAsync(call.Queue.Key, queue =>
        {
            var policy = queue.Statements();
            if (!policy.TryAdd(label, accounts, actions.Select(static action => $"SQS:{action}"), queue.Arn))
                throw SqsErrors.InvalidParameter(label, "Label", "Already exists.").AsException();
            return queue.Settings.With(queue.Settings.Values.SetItem("Policy", policy.ToString()), time.GetUtcNow());
        });
        return call.Done();
    }

    /// <summary>The queue's policy.</summary>
    public static LabelledStatements Statements(this Queue queue) => LabelledStatements.Of(queue.Settings.Values.GetValueOrDefault("Policy"), $"{queue.Arn}/SQSDefaultPolicy");
}
