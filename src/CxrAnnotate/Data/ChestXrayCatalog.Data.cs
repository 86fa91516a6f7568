namespace CxrAnnotate;

public sealed partial class ChestXrayCatalog
{
    /// <value>Loading of annotated radiographs and study-wise splitting.</value>
    public DataCatalog Data => new(Context);
}
