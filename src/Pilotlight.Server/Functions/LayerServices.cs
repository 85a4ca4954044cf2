using Pilotlight.Authorization;

namespace Pilotlight.Functions;

/// <summary>What the operations on layers work with.</summary>
sealed record LayerServices(LayerCatalog Catalog, PackageStore Packages, CodeLinks Links, PackageSignatures Signatures, Authorizer Authorizer, TimeProvider Time,
    PackageObjects Objects);
