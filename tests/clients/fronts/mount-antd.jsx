// The page around the component: it shows what it is told.
import { createRoot } from "react-dom/client";
import { GrantedUpload } from "docs/clients/antd.jsx";

export function mount(grants, told) {
  const tell = (name) => (...what) => told.push([name, what.at(-1).message ?? what[0].key]);
  createRoot(document.body.appendChild(document.createElement("div"))).render(
    <GrantedUpload grants={grants} onStored={tell("stored")} onRefused={tell("refused")} />,
  );
}
