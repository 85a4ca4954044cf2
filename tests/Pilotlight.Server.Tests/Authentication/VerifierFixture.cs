using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pilotlight.Api;
using Pilotlight.Identities;

namespace Pilotlight.Authentication;

/// <summary>A verifier that knows <c>test</c>/<c>test</c> and the sessions of its identities, at 2025-03-04 12:00.</summary>
sealed class VerifierFixture(IdentityFixture identities) : IAsyncDisposable
{
    public IdentityFixture Identities { get; } = identities;

    public FakeTimeProvider Time => Identities.Time;

    public SignatureVerifier Verifier { get; } = new(identities.Credentials, new SigningKeys(), identities.Time, NullLogger<SignatureVerifier>.Instance);

    public static async Task<VerifierFixture> CreateAsync() => new(await IdentityFixture.OnLoopbackAsync());

    public AwsError? Verify(SignedRequest request) => Verifier.Verify(request.ToAwsRequest());

    public ValueTask DisposeAsync() => Identities.DisposeAsync();
}
