using Microsoft.AspNetCore.Builder;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>The endpoint of the server and that of the client's files, for conventions that are meant for both.</summary>
internal sealed class EndpointPair(IEndpointConventionBuilder server, IEndpointConventionBuilder files) : IEndpointConventionBuilder
{
    public void Add(Action<EndpointBuilder> convention)
    {
        server.Add(convention);
        files.Add(convention);
    }

    public void Finally(Action<EndpointBuilder> finallyConvention)
    {
        server.Finally(finallyConvention);
        files.Finally(finallyConvention);
    }
}
