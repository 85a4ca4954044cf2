using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>How asynchronous invocations of one qualifier are retried, and where their records go. Members never set are null.</summary>
public sealed record EventInvokeConfig
{
    public required DateTimeOffset LastModified { get; init; }
    public int? MaximumRetryAttempts { get; init; }
    public int? MaximumEventAgeInSeconds { get; init; }

    /// <summary>An ARN.</summary>
    public string? OnSuccess { get; init; }

    /// <summary>An ARN.</summary>
    public string? OnFailure { get; init; }
}

public sealed record DestinationEnd(string? Destination);

/// <summary>DestinationConfig on the wire: of event invoke configs (always with both halves) and of event source mappings.</summary>
public sealed record DestinationConfig(DestinationEnd? OnSuccess, DestinationEnd? OnFailure)
{
    /// <summary>As AWS's services print it in refusals.</summary>
    public override string ToString() =>
        $"DestinationConfig(onSuccess={Print("OnSuccess", OnSuccess)}, onFailure={Print("OnFailure", OnFailure)})";

    static string Print(string name, DestinationEnd? end) =>
        end?.Destination is { Length: > 0 } destination ? $"{name}(destination={destination})" : "null";
}

/// <summary>The body of Put and Update.</summary>
public sealed record EventInvokeConfigRequest
{
    public int? MaximumRetryAttempts { get; init; }
    public int? MaximumEventAgeInSeconds { get; init; }
    public DestinationConfig? DestinationConfig { get; init; }
}

public sealed record FunctionEventInvokeConfig
{
    /// <summary>Seconds since 1970.</summary>
    public required double LastModified { get; init; }

    /// <summary>Always qualified.</summary>
    public required string FunctionArn { get; init; }

    public int? MaximumRetryAttempts { get; init; }
    public int? MaximumEventAgeInSeconds { get; init; }
    public required DestinationConfig DestinationConfig { get; init; }

    public static FunctionEventInvokeConfig Of(EventInvokeConfig config, string functionArn, string qualifier) => new()
    {
        LastModified = Timestamps.EpochSeconds(config.LastModified),
        FunctionArn = $"{functionArn}:{qualifier}",
        MaximumRetryAttempts = config.MaximumRetryAttempts,
        MaximumEventAgeInSeconds = config.MaximumEventAgeInSeconds,
        DestinationConfig = new DestinationConfig(new DestinationEnd(config.OnSuccess), new DestinationEnd(config.OnFailure)),
    };
}

/// <summary>What the operations on event invoke configs have in common: the input of the two that write, and the refusals.</summary>
static class EventInvokeConfigs
{
    public static OperationModel WriteModel { get; } = new(
        ModelMember.Query("Qualifier", LambdaShapes.NumericLatestPublishedOrAliasQualifier),
        ModelMember.Path("FunctionName", LambdaShapes.NamespacedFunctionName),
        ModelMember.Body("MaximumRetryAttempts", LambdaShapes.MaximumRetryAttempts),
        ModelMember.Body("MaximumEventAgeInSeconds", LambdaShapes.MaximumEventAgeInSeconds),
        ModelMember.Body("DestinationConfig", LambdaStructures.DestinationConfig));

    public static OperationModel ReadModel { get; } = new(
        ModelMember.Query("Qualifier", LambdaShapes.NumericLatestPublishedOrAliasQualifier),
        ModelMember.Path("FunctionName", LambdaShapes.NamespacedFunctionName));

    public static AwsError NoFunction { get; } = AwsError.NotFound("The function doesn't exist.");

    public static AwsError NothingSpecified { get; } = AwsError.InvalidParameter(
        "You must specify at least one of error handling or destination setting.");

    public static AwsError None(FunctionReference reference) => AwsError.NotFound(
        $"The function {reference.Arn}:{QualifierOf(reference)} doesn't have an EventInvokeConfig");

    public static string QualifierOf(FunctionReference reference) => reference.Qualifier ?? FunctionVersion.Latest;

    /// <summary>Changes the configuration of one qualifier; <paramref name="next"/> gets the present one.</summary>
    public static async ValueTask<AwsResult> WriteAsync(
        AwsRequest request, FunctionCatalog catalog, Func<EventInvokeConfig?, EventInvokeConfigRequest, FunctionReference, EventInvokeConfig> next)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return refused;
        var input = request.Read(FunctionsJson.Default.EventInvokeConfigRequest);
        if (input is { MaximumRetryAttempts: null, MaximumEventAgeInSeconds: null, DestinationConfig: null })
            return NothingSpecified;
        var qualifier = QualifierOf(reference);
        EventInvokeConfig? written = null;
        await catalog.ChangeAsync(reference.Key, current =>
        {
            if (current?.Has(reference.Qualifier) != true)
                throw NoFunction.AsException();
            written = next(current.EventInvokeConfigs.GetValueOrDefault(qualifier), input, reference);
            Destinations.Check(input.DestinationConfig, reference, catalog);
            return current with { EventInvokeConfigs = current.EventInvokeConfigs.SetItem(qualifier, written) };
        });
        return AwsResult.Json(FunctionEventInvokeConfig.Of(written!, reference.Arn, qualifier), FunctionsJson.Wire.FunctionEventInvokeConfig);
    }
}
