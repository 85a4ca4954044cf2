using Pilotlight.Authorization;

namespace Pilotlight.Functions;

/// <summary>What the operations of this slice work with.</summary>
sealed record FunctionServices(
    FunctionCatalog Catalog, PackageStore Packages, FunctionActivator Activator, Authorizer Authorizer, TimeProvider Time,
    LayerCatalog Layers, CapacityProviderCatalog CapacityProviders, FunctionsOptions Options, PackageSignatures Signatures, ExecutionRoles Roles, PackageObjects Objects);
