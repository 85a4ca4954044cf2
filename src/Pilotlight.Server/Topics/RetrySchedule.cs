namespace Pilotlight.Topics;

/// <summary>
/// When a failed delivery is tried again: at once, then a little apart, then backing off, then at the longest delay.
/// https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
/// </summary>
sealed record RetrySchedule
{
    /// <summary>To functions and queues: 23 days long.</summary>
    public static RetrySchedule Managed { get; } = new()
    {
        Immediate = 3,
        AtMinimum = 2,
        BackingOff = 10,
        AtMaximum = 100_000,
        MinimumSeconds = 1,
        MaximumSeconds = 20,
        Backoff = "exponential",
    };

    /// <summary>To http(s) endpoints, unless a delivery policy says otherwise.</summary>
    public static RetrySchedule Http { get; } = new() { BackingOff = 3, MinimumSeconds = 20, MaximumSeconds = 20 };

    public int Immediate { get; init; }

    public int AtMinimum { get; init; }

    public int BackingOff { get; init; }

    public int AtMaximum { get; init; }

    public double MinimumSeconds { get; init; }

    public double MaximumSeconds { get; init; }

    /// <summary><c>linear</c>, <c>arithmetic</c>, <c>geometric</c> or <c>exponential</c>.</summary>
    public string Backoff { get; init; } = "linear";

    public int Retries => Immediate + AtMinimum + BackingOff + AtMaximum;

    /// <summary>Seconds until the next attempt after this many failed ones; null when there is none.</summary>
    public double? SecondsAfter(int failures)
    {
        var retry = failures - 1;
        if (retry < Immediate)
            return 0;
        retry -= Immediate;
        if (retry < AtMinimum)
            return MinimumSeconds;
        retry -= AtMinimum;
        if (retry < BackingOff)
            return Between(BackingOff == 1 ? 0 : (double)retry / (BackingOff - 1));
        return retry - BackingOff < AtMaximum ? MaximumSeconds : null;
    }

    /// <param name="share">How far the phase has gone, from 0 to 1.</param>
    double Between(double share) => Backoff switch
    {
        "exponential" when MinimumSeconds > 0 => MinimumSeconds * Math.Pow(MaximumSeconds / MinimumSeconds, share),
        "geometric" => MinimumSeconds + ((MaximumSeconds - MinimumSeconds) * share * share * share),
        "arithmetic" => MinimumSeconds + ((MaximumSeconds - MinimumSeconds) * share * share),
        _ => MinimumSeconds + ((MaximumSeconds - MinimumSeconds) * share),
    };
}
