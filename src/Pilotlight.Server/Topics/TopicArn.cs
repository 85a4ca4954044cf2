using Pilotlight.Api;

namespace Pilotlight.Topics;

/// <summary>The parts of <c>arn:aws:sns:REGION:ACCOUNT:NAME</c>; a subscription's ARN has its UUID behind that.</summary>
readonly record struct TopicArn(string Region, string AccountId, string Name)
{
    public override string ToString() => Of(Region, AccountId, Name);

    public static string Of(string region, string accountId, string name) => $"arn:aws:sns:{region}:{accountId}:{name}";

    public static TopicArn? TryParse(string arn) =>
        arn.Split(':') is ["arn", _, "sns", var region, var account, var name] ? new TopicArn(region, account, name) : null;

    /// <exception cref="AwsException">In AWS's words for a parameter of this name.</exception>
    public static TopicArn Parse(string arn, string parameter)
    {
        var elements = arn.Split(':').Length;
        if (elements < 6)
            throw TopicErrors.ShortArn(parameter, elements).AsException();
        return TryParse(arn) ?? throw TopicErrors.Parameter(parameter).AsException();
    }

    /// <summary>The topic of a subscription's ARN; null for what is no such ARN.</summary>
    public static string? TopicOf(string subscriptionArn) =>
        subscriptionArn.Split(':') is ["arn", _, "sns", _, _, _, var id] && Guid.TryParseExact(id, "D", out _) ? subscriptionArn[..^(id.Length + 1)] : null;
}
