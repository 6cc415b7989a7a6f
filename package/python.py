"""Pack registries as Pulumi components, for programs in Python.

`KubernetesPackRegistry` requires the extra `kubernetes` of the wheel.
"""

from typing import TYPE_CHECKING, Any

from common.wording import use_wording
from components.pack_registry import PackRegistry
from components.pack_registry_args import PackRegistryArgs
from components.setting_names import in_language

if TYPE_CHECKING:
    from components.kubernetes_pack_registry import KubernetesPackRegistry

__all__ = ["KubernetesPackRegistry", "PackRegistry", "PackRegistryArgs"]

use_wording(lambda text: in_language(text, "python"))


def __getattr__(name: str) -> Any:
    """Import the component for Kubernetes at its first use. It needs the packages of the extra.

    :raises ImportError: if they are missing.
    """
    if name != "KubernetesPackRegistry":
        raise AttributeError(name)
    try:
        from components.kubernetes_pack_registry import KubernetesPackRegistry
    except ModuleNotFoundError as error:
        raise ImportError(
            f"KubernetesPackRegistry requires the package {error.name}. Install the wheel with its "
            "extra: pip install 'pack_registry-<version>-py3-none-any.whl[kubernetes]'."
        ) from None
    return KubernetesPackRegistry
