using System.Text.RegularExpressions;
using Pilotlight.Api;
using Pilotlight.Authorization;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Topics;

/// <summary>https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html</summary>
static partial class AddPermission
{
    /// <summary>What AWS lets this operation give away.</summary>
    static readonly string[] s_actions =
    [
        "AddPermission", "DeleteTopic", "GetDataProtectionPolicy", "GetTopicAttributes", "ListSubscriptionsByTopic", "ListTagsForResource", "Publish",
        "PutDataProtectionPolicy", "RemovePermission", "SetTopicAttributes", "Subscribe",
    ];

    public static QueryModel Model { get; } = new(RequiredBody("TopicArn", TopicShapes.Text), RequiredBody("Label", TopicShapes.Text));

    public static async ValueTask<AwsResult> Handle(TopicRequest request)
    {
        var (label, accounts, actions) = (request.Text("Label")!, request.List("AWSAccountId"), request.List("ActionName"));
        if (label.Length == 0)
            return TopicErrors.NoValue("Label");
        if (accounts.Count == 0)
            return TopicErrors.NoValue("AWSAccountIds");
        if (actions.Count == 0)
            return TopicErrors.NoValue("ActionNames");
        if (actions.Exists(static action => !s_actions.Contains(action)))
            return TopicErrors.Parameter("Policy statement action out of service scope!");
        if (accounts.Exists(static account => !Account().IsMatch(account)))
            return TopicErrors.Parameter("Policy Error: PrincipalNotFound");
        await request.Catalog.ChangeAsync(request.TopicArn(), current =>
        {
            if (current is null)
                throw TopicErrors.NoTopic.AsException();
            var policy = TopicStatements.Of(current);
            if (!policy.TryAdd(label, accounts, actions.Select(static action => $"SNS:{action}"), current.Topic.Arn))
                throw TopicErrors.Parameter("Statement already exists").AsException();
            return current.With(current.Topic with { Policy = policy.ToString() });
        });
        return QueryAnswer.Done(request.Request);
    }

    [GeneratedRegex(@"\A[0-9]{12}\z")]
    private static partial Regex Account();
}

/// <summary>https://docs.aws.amazon.com/sns/latest/api/API_RemovePermission.html</summary>
static class RemovePermission
{
    public static QueryModel Model { get; } = new(RequiredBody("TopicArn", TopicShapes.Text), RequiredBody("Label", TopicShapes.Text));

    public static async ValueTask<AwsResult> Handle(TopicRequest request)
    {
        var label = request.Text("Label")!;
        await request.Catalog.ChangeAsync(request.TopicArn(), current =>
        {
            if (current is null)
                throw TopicErrors.NoTopic.AsException();
            var policy = TopicStatements.Of(current);
            if (!policy.TryRemove(label))
                return current;
            return current.With(current.Topic with { Policy = policy.ToString() });
        });
        return QueryAnswer.Done(request.Request);
    }
}

static class TopicStatements
{
    /// <summary>The topic's policy, which every topic has.</summary>
    public static LabelledStatements Of(TopicState state) => LabelledStatements.Of(state.Policy.Document, "__default_policy_ID");
}
