using System.Collections.Concurrent;

namespace Pilotlight.EventSources;

/// <summary>How the last batch of a mapping went, in AWS's words.</summary>
public readonly record struct MappingResult(string Text, DateTimeOffset Since)
{
    public const string NothingYet = "No records processed";
    public const string Ok = "OK";
    public const string CallFailed = "PROBLEM: Function call failed";

    public bool IsProblem => Text.StartsWith("PROBLEM", StringComparison.Ordinal);
}

/// <summary>
/// The results of all mappings, in memory: a batch only says how it went. They reach the database now and then
/// (<see cref="MappingActivator"/>), and only when they are others.
/// </summary>
public sealed class MappingResults(TimeProvider time)
{
    readonly ConcurrentDictionary<string, MappingResult> _byMapping = new(StringComparer.Ordinal);

    public void Report(string mappingId, string text)
    {
        if (!_byMapping.TryGetValue(mappingId, out var known) || known.Text != text)
            _byMapping[mappingId] = new MappingResult(text, time.GetUtcNow());
    }

    /// <summary>Null when nothing has happened since this process began.</summary>
    public MappingResult? Of(string mappingId) => _byMapping.TryGetValue(mappingId, out var result) ? result : null;

    public void Forget(string mappingId) => _byMapping.TryRemove(mappingId, out _);

    /// <summary>The mapping with its newest result.</summary>
    public EventSourceMapping Apply(EventSourceMapping mapping) => Of(mapping.Id) is { } result && result.Text != mapping.LastProcessingResult
        ? mapping with
        {
            LastProcessingResult = result.Text,
            LastModified = result.Since > mapping.LastModified ? result.Since : mapping.LastModified,
        }
        : mapping;
}
