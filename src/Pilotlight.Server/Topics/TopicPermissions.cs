using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pilotlight.Api;
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
            var policy = JsonNode.Parse(current.Policy.Document)!.AsObject();
            var statements = TopicStatements.Of(policy);
            if (statements.Any(statement => (string?)statement?["Sid"] == label))
                throw TopicErrors.Parameter("Statement already exists").AsException();
            statements.Add((JsonNode)new JsonObject
            {
                ["Sid"] = label,
                ["Effect"] = "Allow",
                ["Principal"] = new JsonObject { ["AWS"] = OneOrMore(accounts.ConvertAll(static account => $"arn:aws:iam::{account}:root")) },
                ["Action"] = OneOrMore(actions.ConvertAll(static action => $"SNS:{action}")),
                ["Resource"] = current.Topic.Arn,
            });
            return current.With(current.Topic with { Policy = policy.ToJsonString() });
        });
        return QueryAnswer.Done(request.Request);
    }

    static JsonNode OneOrMore(List<string> texts) => texts is [var only] ? only : new JsonArray([.. texts.Select(static text => (JsonNode)text)]);

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
            var policy = JsonNode.Parse(current.Policy.Document)!.AsObject();
            var statements = TopicStatements.Of(policy);
            if (statements.FirstOrDefault(statement => (string?)statement?["Sid"] == label) is not { } found)
                return current;
            statements.Remove(found);
            return current.With(current.Topic with { Policy = policy.ToJsonString() });
        });
        return QueryAnswer.Done(request.Request);
    }
}

static class TopicStatements
{
    /// <summary>The statements of a policy as a list, which a policy with a single one need not have.</summary>
    public static JsonArray Of(JsonObject policy)
    {
        if (policy["Statement"] is JsonArray list)
            return list;
        var only = policy["Statement"]?.DeepClone();
        var made = only is null ? new JsonArray() : new JsonArray(only);
        policy["Statement"] = made;
        return made;
    }
}
