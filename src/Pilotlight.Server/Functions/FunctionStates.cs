using System.Security.Cryptography;
using System.Text.Json;
using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>
/// The state machine of functions (spec/api.md 3.2), as functions from one state to the next. Every accepted change gives a new
/// RevisionId, and its completion another one.
/// </summary>
static class FunctionStates
{
    const string BeingCreated = "The function is being created.";

    /// <summary>A version that was just created: not invocable before its package is unpacked.</summary>
    public static FunctionVersion Created(FunctionVersion version) => version with
    {
        Generation = Guid.NewGuid(),
        RevisionId = NewRevision(),
        State = "Pending",
        StateReason = BeingCreated,
        StateReasonCode = "Creating",
        LastUpdateStatus = null,
        LastUpdateStatusReason = null,
        LastUpdateStatusReasonCode = null,
    };

    /// <summary>An update was accepted: it is shown at once, while the version before it goes on serving.</summary>
    public static Function Updating(Function function, FunctionVersion next, DateTimeOffset now) => function with
    {
        Serving = function.Served,
        Latest = next with
        {
            Generation = Guid.NewGuid(),
            RevisionId = NewRevision(),
            LastModified = now,
            State = ActiveState(next),
            LastUpdateStatus = "InProgress",
            LastUpdateStatusReason = BeingCreated,
            LastUpdateStatusReasonCode = "Creating",
        },
    };

    /// <summary>Publishes <c>$LATEST</c>; unchanged since the last time, it is the same version again.</summary>
    public static (Function Function, FunctionVersion Version) Publish(Function function, string? description, DateTimeOffset now)
    {
        var content = ContentOf(function.Latest);
        if (function.LastPublishedContent == content && function.Published.TryGetValue(function.LastVersionNumber, out var same))
            return (function, same);
        var number = function.LastVersionNumber + 1;
        var version = function.Latest with
        {
            Version = number.ToString(),
            Generation = Guid.NewGuid(),
            RevisionId = NewRevision(),
            LastModified = now,
            Description = description ?? function.Latest.Description,
        };
        // AWS takes the snapshot now, so the version is pending whatever its function is.
        version = function.Latest is { State: "Active", LastUpdateStatus: "Successful" } && !version.HasSnapStart ? Settled(version) : Created(version);
        return (function with
        {
            Latest = function.Latest with { RevisionId = NewRevision() },
            Published = function.Published.Add(number, version),
            LastVersionNumber = number,
            LastPublishedContent = content,
        }, version);
    }

    /// <summary>Publishes <c>$LATEST</c> as <c>$LATEST.PUBLISHED</c>, which only functions on capacity providers have.</summary>
    /// <exception cref="AwsException">The function is on none.</exception>
    public static (Function Function, FunctionVersion Version) PublishToLatest(Function function, string? description, DateTimeOffset now)
    {
        if (function.Latest.CapacityProvider is null)
            throw FunctionErrors.NotForDefaultFunctions("PublishTo").AsException();
        var version = Created(function.Latest with
        {
            Version = FunctionVersion.LatestPublished,
            LastModified = now,
            Description = description ?? function.Latest.Description,
        });
        return (function with
        {
            Latest = function.Latest with { RevisionId = NewRevision() },
            LatestPublished = version,
        }, version);
    }

    /// <summary>Ends what is pending or in progress for the generations whose packages are ready, and fails those whose are not.</summary>
    public static Function Settle(Function function, IReadOnlySet<Guid> ready, IReadOnlySet<Guid> broken)
    {
        foreach (var (number, version) in function.Published)
        {
            if (Next(version) is { } next)
                function = function with { Published = function.Published.SetItem(number, next) };
        }

        if (function.LatestPublished is { } same && Next(same) is { } published)
            function = function with { LatestPublished = published };

        // A failed update leaves the old version serving.
        if (Next(function.Latest) is { } latest)
            function = function with { Latest = latest, Serving = latest.LastUpdateStatus == "Failed" ? function.Serving : null };
        return function;

        FunctionVersion? Next(FunctionVersion version)
        {
            if (version.IsSettled)
                return null;
            if (ready.Contains(version.Generation))
                return Settled(version);
            return broken.Contains(version.Generation) ? Failed(version) : null;
        }
    }

    /// <summary>What refuses a change while another one is under way.</summary>
    public static AwsError? RefuseUnsettled(Function function) => function.Latest switch
    {
        { State: "Pending" } => FunctionErrors.Pending,
        { LastUpdateStatus: "InProgress" } => FunctionErrors.UpdateInProgress(function.Latest.FunctionArn),
        _ => null,
    };

    /// <summary>The guards of every change to <c>$LATEST</c>.</summary>
    public static AwsError? RefuseChange(Function function, string? revisionId)
    {
        if (RefuseUnsettled(function) is { } unsettled)
            return unsettled;
        return revisionId is { Length: > 0 } && revisionId != function.Latest.RevisionId ? FunctionErrors.RevisionMismatch : null;
    }

    public static string NewRevision() => Guid.NewGuid().ToString();

    static FunctionVersion Settled(FunctionVersion version) => version with
    {
        RevisionId = NewRevision(),
        State = ActiveState(version),
        StateReason = null,
        StateReasonCode = null,
        LastUpdateStatus = "Successful",
        LastUpdateStatusReason = null,
        LastUpdateStatusReasonCode = null,
    };

    /// <summary>On a capacity provider only what is published has environments.</summary>
    static string ActiveState(FunctionVersion version) =>
        version is { CapacityProvider: not null, IsPublished: false } ? "ActiveNonInvocable" : "Active";

    static FunctionVersion Failed(FunctionVersion version)
    {
        const string code = "InvalidZipFileException";
        var reason = PackageErrors.NotAZip.Message;
        return version.State == "Pending"
            ? version with { RevisionId = NewRevision(), State = "Failed", StateReason = reason, StateReasonCode = code }
            : version with
            {
                RevisionId = NewRevision(),
                LastUpdateStatus = "Failed",
                LastUpdateStatusReason = reason,
                LastUpdateStatusReasonCode = code,
            };
    }

    /// <summary>A digest of everything that makes a version what it is: code and configuration, without names, times and states.</summary>
    static string ContentOf(FunctionVersion version)
    {
        var content = version with
        {
            Version = "",
            Generation = Guid.Empty,
            RevisionId = "",
            LastModified = default,
            State = "",
            StateReason = null,
            StateReasonCode = null,
            LastUpdateStatus = null,
            LastUpdateStatusReason = null,
            LastUpdateStatusReasonCode = null,
            RuntimeManagement = null,
        };
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(content, FunctionsJson.Default.FunctionVersion)));
    }
}
