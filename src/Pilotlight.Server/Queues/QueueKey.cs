using System.Text.RegularExpressions;

namespace Pilotlight.Queues;

/// <summary>A queue by name, in its account and region.</summary>
public readonly partial record struct QueueKey(string AccountId, string Region, string Name)
{
    public string Arn => $"arn:aws:sqs:{Region}:{AccountId}:{Name}";

    public bool IsFifo => Name.EndsWith(".fifo", StringComparison.Ordinal);

    /// <summary>Null when the text is no queue's ARN.</summary>
    public static QueueKey? OfArn(string arn) =>
        arn.Split(':') is ["arn", "aws", "sqs", { Length: > 0 } region, { Length: > 0 } account, { Length: > 0 } name]
            ? new QueueKey(account, region, name)
            : null;

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,80}\z")]
    internal static partial Regex StandardName();

    [GeneratedRegex(@"\A(?=.{6,80}\z)[A-Za-z0-9_-]+\.fifo\z")]
    internal static partial Regex FifoName();
}
