using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record ListEventInvokeConfigsResponse(IReadOnlyList<FunctionEventInvokeConfig> FunctionEventInvokeConfigs, string? NextMarker);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionEventInvokeConfigs.html</summary>
static class ListFunctionEventInvokeConfigs
{
    const int MaxItems = 50;

    public static OperationModel Model { get; } = new(
        Query("Marker", LambdaShapes.Text),
        Query("MaxItems", LambdaShapes.MaxFunctionEventInvokeConfigListItems),
        Path("FunctionName", LambdaShapes.NamespacedFunctionName));

    public static ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, request.Path("FunctionName"), null, out var reference) is { } refused)
            return AwsResult.Refused(refused);
        if (catalog.Find(reference.Key) is not { } function)
            return AwsResult.Refused(EventInvokeConfigs.NoFunction);
        var start = Order(Paging.Start(request));
        var size = Paging.Size(request, MaxItems);
        var found = function.EventInvokeConfigs.OrderBy(pair => Order(pair.Key)).Where(pair => Order(pair.Key).CompareTo(start) >= 0)
            .Take(size + 1).ToList();
        var next = found.Count > size ? Paging.MarkerOf(found[size].Key) : null;
        return AwsResult.Json(
            new ListEventInvokeConfigsResponse(
                [.. found.Take(size).Select(pair => FunctionEventInvokeConfig.Of(pair.Value, reference.Arn, pair.Key))], next),
            FunctionsJson.Wire.ListEventInvokeConfigsResponse);
    }

    /// <summary><c>$LATEST</c>, versions ascending, aliases by name.</summary>
    static (int Kind, int Number, OrdinalText Name) Order(string qualifier) => qualifier switch
    {
        "" or FunctionVersion.Latest => (0, 0, new OrdinalText("")),
        _ when int.TryParse(qualifier, out var number) => (1, number, new OrdinalText("")),
        _ => (2, 0, new OrdinalText(qualifier)),
    };

    readonly record struct OrdinalText(string Text) : IComparable<OrdinalText>
    {
        public int CompareTo(OrdinalText other) => string.CompareOrdinal(Text, other.Text);
    }
}
