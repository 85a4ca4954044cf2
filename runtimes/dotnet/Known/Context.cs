using Amazon.Lambda.Core;

namespace Pilotlight.RuntimeSupport.Known;

/// <summary>ILambdaContext as it is usually. Every member asks the client, which knows this class by its name only.</summary>
public sealed class Context(Func<string, object?[], object?> answer) : ILambdaContext
{
    public string AwsRequestId => (string)Ask(nameof(AwsRequestId))!;

    public IClientContext ClientContext => (IClientContext)Ask(nameof(ClientContext))!;

    public string FunctionName => (string)Ask(nameof(FunctionName))!;

    public string FunctionVersion => (string)Ask(nameof(FunctionVersion))!;

    public ICognitoIdentity Identity => (ICognitoIdentity)Ask(nameof(Identity))!;

    public string InvokedFunctionArn => (string)Ask(nameof(InvokedFunctionArn))!;

    public ILambdaLogger Logger => (ILambdaLogger)Ask(nameof(Logger))!;

    public string LogGroupName => (string)Ask(nameof(LogGroupName))!;

    public string LogStreamName => (string)Ask(nameof(LogStreamName))!;

    public int MemoryLimitInMB => (int)Ask(nameof(MemoryLimitInMB))!;

    public TimeSpan RemainingTime => (TimeSpan)Ask(nameof(RemainingTime))!;

    public string TraceId => (string)Ask(nameof(TraceId))!;

    public string TenantId => (string)Ask(nameof(TenantId))!;

    object? Ask(string member) => answer(member, []);
}
