using Pilotlight.Api;

namespace Pilotlight.Queues;

/// <summary>One call of an operation, in either protocol.</summary>
sealed class SqsCall(AwsRequest request, QueueCatalog catalog)
{
    public AwsRequest Request => request;

    public QueueCatalog Catalog => catalog;

    /// <summary>The caller as messages name it: whoever did not sign is known by the address.</summary>
    public Caller Sender => request.Caller.Kind != CallerKind.Anonymous ? request.Caller : request.Caller with
    {
        UserId = request.Http.Connection.RemoteIpAddress is { } address ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString() : "",
    };

    public SqsInput Input { get; } = SqsInput.Of(request);

    /// <summary>The queue that the request's URL names.</summary>
    /// <exception cref="AwsException">It names none.</exception>
    public Queue Queue => field ??= catalog.Find(KeyOf(request, Input)) ?? throw SqsErrors.NoSuchQueue.AsException();

    public QueueKey KeyOfName(string name, string? owner = null) => new(string.IsNullOrEmpty(owner) ? request.AccountId : owner, request.Region, name);

    public string UrlOf(QueueKey key) => $"{request.Http.Request.Scheme}://{request.Http.Request.Host}/{key.AccountId}/{key.Name}";

    public AwsResult Answer(Action<SqsOutput> members) => SqsOutput.Answer(request, members);

    public AwsResult Done() => SqsOutput.Done(request);

    /// <summary>The queue of the member <c>QueueUrl</c>, or of the path that the request was posted to, as old clients do. The host is not looked at.</summary>
    /// <exception cref="AwsException">There is no URL, or it is no queue's.</exception>
    public static QueueKey KeyOf(AwsRequest request, SqsInput input)
    {
        var path = request.Http.Request.Path.Value ?? "";
        var url = input.Text("QueueUrl") ?? (path.Length > 1 ? path : throw SqsErrors.Missing("QueueUrl").AsException());
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        var rest = scheme < 0 ? url : url.IndexOf('/', scheme + 3) is > 0 and var slash ? url[slash..] : "";
        var parts = rest.Trim('/').Split('/');
        if (parts is [.., { Length: 12 } account, { Length: > 0 and <= 80 } name] && !account.AsSpan().ContainsAnyExceptInRange('0', '9'))
            return new QueueKey(account, request.Region, name);
        // A bare name is a queue of the caller, as AWS has it.
        if (parts is [{ Length: > 0 } bare] && scheme < 0 && !url.StartsWith('/') && QueueKey.StandardName().IsMatch(bare.Replace(".fifo", "")))
            return new QueueKey(request.AccountId, request.Region, bare);
        throw SqsErrors.InvalidAddress(url.Length <= 256 ? url : url[..256]).AsException();
    }

    /// <summary>What the query protocol says in other words.</summary>
    public static AwsError Word(AwsRequest request, AwsError error) =>
        request.Operation.Service.Protocol == AwsProtocol.Query && error.Code == SqsErrors.NoSuchQueue.Code
            ? error with { Message = "The specified queue does not exist for this wsdl version." }
            : error;
}
