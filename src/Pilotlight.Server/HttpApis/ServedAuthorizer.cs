using System.Collections.Concurrent;

namespace Pilotlight.HttpApis;

/// <summary>An authorizer of a stage, and what it answered lately. A changed API has new ones.</summary>
sealed class ServedAuthorizer
{
    const int MaxRemembered = 10_000;

    readonly ConcurrentDictionary<string, (DateTimeOffset Until, AuthorizerAnswer Answer)> _answers = new(StringComparer.Ordinal);
    readonly TimeSpan _lives;

    public ServedAuthorizer(ServedStage stage, ApiAuthorizer authorizer)
    {
        Authorizer = authorizer;
        Function = FunctionUri.TryRead(FunctionUri.WithVariables(authorizer.AuthorizerUri, stage.Variables));
        Sources = [.. (authorizer.IdentitySource ?? []).Select(IdentitySource.TryRead).OfType<IdentitySource>()];
        SourceArn = $"arn:aws:execute-api:{stage.Api.Region}:{stage.Api.AccountId}:{stage.Api.ApiId}/authorizers/{authorizer.AuthorizerId}";
        _lives = TimeSpan.FromSeconds(authorizer.AuthorizerResultTtlInSeconds ?? 0);
    }

    public ApiAuthorizer Authorizer { get; }

    public ServedFunction? Function { get; }

    public IReadOnlyList<IdentitySource> Sources { get; }

    public string SourceArn { get; }

    public bool IsFormat2 => Authorizer.AuthorizerPayloadFormatVersion != "1.0";

    /// <summary>Without sources everybody would have the same answer.</summary>
    bool Remembers => _lives > TimeSpan.Zero && Sources.Count > 0;

    public AuthorizerAnswer? Recall(IReadOnlyList<string> identity, DateTimeOffset now) =>
        Remembers && _answers.TryGetValue(Key(identity), out var known) && known.Until > now ? known.Answer : null;

    public void Remember(IReadOnlyList<string> identity, AuthorizerAnswer answer, DateTimeOffset now)
    {
        if (!Remembers)
            return;
        // Strangers choose the keys: they must not fill the memory.
        if (_answers.Count >= MaxRemembered)
            _answers.Clear();
        _answers[Key(identity)] = (now + _lives, answer);
    }

    /// <summary>NUL stands in no header, and comes encoded in a query.</summary>
    static string Key(IReadOnlyList<string> identity) => string.Join('\0', identity.Select(value => $"{value.Length}:{value}"));
}
