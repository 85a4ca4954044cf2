using Pilotlight.Api;
using Pilotlight.Functions;

namespace Pilotlight.EventSources;

/// <summary>What one kind of source brings: how a new mapping on it is checked, and who polls it. Registered as a service of this type.</summary>
public interface IEventSource
{
    bool Serves(EventSourceKind kind);

    /// <summary>What the execution role must be allowed on the ARN of the source, such as <c>sqs:ReceiveMessage</c>; empty when no policy judges it.</summary>
    IReadOnlyList<string> Actions { get; }

    /// <summary>What the actions are judged on: the source itself, unless its ARN names a part of something.</summary>
    string ResourceOf(string sourceArn) => sourceArn;

    /// <summary>Null when a mapping on the source may be made, else AWS's words. The role's rights are checked by the caller afterwards.</summary>
    ValueTask<AwsError?> RefuseAsync(SourceUse use, CancellationToken cancellation) => default;

    /// <summary>What AWS says when a mapping is made whose role may not do the action.</summary>
    AwsError RoleRefused(string action);

    /// <summary>A poller for one mapping. It does nothing before it is run, and is run once.</summary>
    IPoller Open(MappingRun run);
}

/// <summary>Polls one source for one mapping.</summary>
public interface IPoller
{
    /// <summary>
    /// Polls until it is told to stop; then it receives nothing more, and returns when the batches in flight are done with. Whatever it
    /// throws is told to the mapping's owner, and it is opened anew after a while: <see cref="SourceUnavailableException"/> for what the user
    /// can do something about.
    /// </summary>
    Task RunAsync(CancellationToken stopping);
}

/// <summary>A source that is about to be mapped to a function.</summary>
public sealed record SourceUse(EventSourceKind Kind, MappingSource Source, FunctionVersion Function);

/// <summary>A source cannot be polled now, in words for <c>LastProcessingResult</c>: no secrets, no payloads.</summary>
public sealed class SourceUnavailableException(string message, Exception? cause = null) : Exception(message, cause);
