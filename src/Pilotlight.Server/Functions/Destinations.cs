using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>
/// Which ARNs may receive the records of asynchronous invocations: standard queues and topics, functions, event buses, and buckets
/// for failures. Functions are looked up; the others have no service here yet.
/// </summary>
static class Destinations
{
    /// <exception cref="AwsException">A destination that AWS refuses.</exception>
    public static void Check(DestinationConfig? config, FunctionReference function, FunctionCatalog catalog)
    {
        if (config is null)
            return;
        if (!IsAcceptable(config.OnFailure?.Destination, function, catalog, BucketUse.Allowed)
            | !IsAcceptable(config.OnSuccess?.Destination, function, catalog, BucketUse.Refused))
            throw AwsError.InvalidParameter($"The provided destination config {config} is invalid.").AsException();
    }

    static bool IsAcceptable(string? arn, FunctionReference function, FunctionCatalog catalog, BucketUse buckets)
    {
        if (string.IsNullOrEmpty(arn))
            return true;
        if (arn.Split(':', 6) is not ["arn", _, var service, _, _, var resource])
            return false;
        switch (service)
        {
            case "sqs" or "sns":
                return !resource.EndsWith(".fifo", StringComparison.Ordinal);
            case "events":
                return true;
            case "s3":
                return buckets == BucketUse.Allowed;
            case "lambda":
                CheckFunction(arn, function, catalog);
                return true;
            default:
                return false;
        }
    }

    static void CheckFunction(string arn, FunctionReference function, FunctionCatalog catalog)
    {
        var target = FunctionName.Parse(arn);
        var key = new FunctionKey(target.AccountId ?? function.AccountId, target.Region ?? function.Region, target.Name);
        if (key == function.Key)
            throw AwsError.InvalidParameter("You can't specify the function as a destination for itself.").AsException();
        if (catalog.Find(key)?.Has(target.Qualifier) != true)
            throw AwsError.InvalidParameter($"The destination ARN {arn} is invalid.").AsException();
    }
}

enum BucketUse
{
    Allowed,
    Refused,
}
