using System.Collections.Concurrent;
using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Functions;
using Pilotlight.Logs;

namespace Pilotlight.Environments;

/// <summary>What the role of a function lets Lambda do for it: be worn, and write its log.</summary>
sealed partial class EnvironmentRoles(ExecutionRoles roles, LogIngest logs, ILogger<EnvironmentRoles> log)
{
    const int MaxTold = 10_000;

    readonly ConcurrentDictionary<FunctionKey, bool> _told = new();

    /// <exception cref="AwsException">The role is gone, or does not trust Lambda any more.</exception>
    public void RefuseLostRole(FunctionVersion version)
    {
        if (!roles.CanBeAssumed(version.Role, ArnOf(version)))
            throw ExecutionRoles.CannotBeAssumedAnyMore.AsException();
    }

    /// <summary>
    /// AWS drops the log of a function whose role may not write it; the operator is told once a function. Asked for every batch of
    /// lines, for permissions change while an environment lives.
    /// </summary>
    public Func<bool> MayWriteLogs(FunctionVersion version, string group, string stream)
    {
        // Made once: what its account's policies say is remembered with it.
        if (roles.SessionOf(version.Role, version.Name, ArnOf(version)) is not { } session)
            return () => !roles.AreEnforced;
        var groupArn = $"arn:aws:logs:{version.Region}:{version.AccountId}:log-group:{group}";
        var (streamArn, anyStreamArn) = ($"{groupArn}:log-stream:{stream}", $"{groupArn}:log-stream:");
        return () =>
        {
            var refusal = roles.Refusal(session, "logs:PutLogEvents", streamArn) ?? roles.Refusal(session, "logs:CreateLogStream", anyStreamArn);
            if (refusal is null && roles.Refusal(session, "logs:CreateLogGroup", anyStreamArn) is { } noGroup
                && !logs.HasGroup(version.AccountId, version.Region, group))
                refusal = noGroup;
            if (refusal is null)
                return true;
            if (_told.Count < MaxTold && _told.TryAdd(version.Key, true))
                LogDropped(version.FunctionArn, refusal);
            return false;
        };
    }

    static string ArnOf(FunctionVersion version) => $"arn:aws:lambda:{version.Region}:{version.AccountId}:function:{version.Name}";

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The log of {Function} is dropped, because its role may not write it: {Refusal}. Attach AWSLambdaBasicExecutionRole to the role.")]
    partial void LogDropped(string function, string refusal);
}
