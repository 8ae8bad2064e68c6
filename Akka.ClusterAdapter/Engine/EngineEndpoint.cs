using Microsoft.AspNetCore.Http.Metadata;

namespace Akka.ClusterAdapter.Engine;

/// <summary>
/// Marks the endpoints of an engine. Its clients are programs: their refusals are not to become pages (<c>UseStatusCodePages</c>) nor redirections to a login
/// page.
/// </summary>
internal sealed class EngineEndpoint(EngineServer engine) : ISkipStatusCodePagesMetadata, IDisableCookieRedirectMetadata
{
    public EngineServer Engine => engine;
}
